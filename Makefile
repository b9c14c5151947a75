# Everything here needs only python3 and make; `packaging/environment.sh` says or installs what is missing.
ENVIRONMENT := sh packaging/environment.sh
PYTHON := .venv/bin/python

.PHONY: help demo run test lint bench bench-long firmware firmware-resources clean

help:
	@echo "make demo        five minutes: simulated nights, features, a verified int8 model, a report, a virtual board"
	@echo "make run         the desktop application"
	@echo "make test        every check: ruff, mypy, clang-format, pytest with coverage"
	@echo "make bench       the measured claims, minutes"
	@echo "make bench-long  the measured claims that take hours"
	@echo "make firmware    the board's firmware into build/firmware (needs gcc-arm-none-eabi, cmake, ninja)"

demo:
	@$(ENVIRONMENT) main
	@$(PYTHON) -m sleepstudio.cli --batch resources/studies/demo.json --out demo
	@echo
	@$(PYTHON) -m sleepstudio.cli board flash demo/runs/demo --backend virtual
	@$(PYTHON) -m sleepstudio.cli board run demo/runs/demo --backend virtual --frames
	@echo
	@echo "model    demo/runs/demo/model.keras, model.tflite, model_buffer.h, board_image.bin"
	@echo "report   demo/runs/demo/report.html (open it in a browser; the figures are in it)"
	@echo "nights   demo/nights (simulated: no figure here is performance)"

run:
	@$(ENVIRONMENT) desktop
	@$(PYTHON) -m sleepstudio.cli

lint:
	@$(ENVIRONMENT) test
	@$(PYTHON) -m ruff check .
	@$(PYTHON) -m ruff format --check .
	@$(PYTHON) -m mypy
	@find firmware -name '*.[ch]' | xargs .venv/bin/clang-format --dry-run --Werror

test: lint
	@QT_QPA_PLATFORM=offscreen $(PYTHON) -m pytest -n 2 -m "not slow" --cov=sleepstudio --cov-report=term

bench:
	@$(ENVIRONMENT) test
	@$(PYTHON) -m benchmarks.run short

bench-long:
	@$(ENVIRONMENT) test
	@$(PYTHON) -m benchmarks.run long

firmware:
	@$(ENVIRONMENT) firmware
	@sh firmware/build.sh apollo4p mps2

firmware-resources: firmware
	@python3 firmware/tools/describe.py build/firmware/apollo4p resources/firmware

clean:
	rm -rf .venv demo build/firmware .mypy_cache .ruff_cache .pytest_cache
