target_sources(firmware PRIVATE boards/mps2/board.c boards/mps2/vectors.c)
include(boards/cortex_m/cortex_m.cmake)
