target_sources(firmware PRIVATE boards/apollo4p/board.c boards/apollo4p/uart.c boards/apollo4p/vectors.c)
include(boards/cortex_m/cortex_m.cmake)
