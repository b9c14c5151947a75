# What both Cortex-M boards are built with, and how their image is made.
target_sources(firmware PRIVATE
    boards/cortex_m/memory.c boards/cortex_m/retained.c boards/cortex_m/start.c)
target_include_directories(firmware PRIVATE boards/cortex_m boards/cortex_m/include)
target_compile_options(firmware PRIVATE
    -O2 -ffunction-sections -fdata-sections -fno-common
    # freestanding: no C library; builtin: memcpy of a few bytes is inlined all the same
    -ffreestanding -fbuiltin
    # for tools/stack_bound.py
    -fstack-usage -fcallgraph-info=su)
# the compiler would make a call of memcpy out of memcpy's own loop
set_source_files_properties(boards/cortex_m/memory.c PROPERTIES
    COMPILE_OPTIONS "-fno-builtin;-fno-tree-loop-distribute-patterns")

set(linker_script ${CMAKE_CURRENT_SOURCE_DIR}/boards/${SS_BOARD}/${SS_BOARD}.ld)
target_link_options(firmware PRIVATE
    -nostdlib -T ${linker_script} -L ${CMAKE_CURRENT_SOURCE_DIR}/boards/cortex_m
    -Wl,--gc-sections -Wl,--build-id=sha1 -Wl,--fatal-warnings -Wl,-Map=firmware.map)
target_link_libraries(firmware PRIVATE gcc)
set_target_properties(firmware PROPERTIES
    SUFFIX .elf
    LINK_DEPENDS "${linker_script};${CMAKE_CURRENT_SOURCE_DIR}/boards/cortex_m/sections.ld")
add_custom_command(TARGET firmware POST_BUILD
    COMMAND ${CMAKE_OBJCOPY} -O binary $<TARGET_FILE:firmware> firmware.bin)
