/* The firmware as a process: the link is standard input and output, the image in MRAM a file that the
 * environment names. For tests and fuzzing, under sanitizers. Costs are nanoseconds of processor time. */
#define _POSIX_C_SOURCE 200809L

#include "board.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define IMAGE_BYTES (512u * 1024u)
#define RAM_IMAGE_BYTES (128u * 1024u)
#define ROWS_BYTES (64u * 1024u)
#define ARENA_BYTES (960u * 1024u)
#define STARTS "SLEEPSTUDIO_FIRMWARE_STARTS"
#define IMAGE_FILE "SLEEPSTUDIO_FIRMWARE_IMAGE"

static struct {
    uint8_t received[4096];
    size_t received_count;
    size_t received_at;
    struct timespec started;
    struct board_facts facts;
    struct board_memory memory;
    _Alignas(16) int8_t arena[ARENA_BYTES];
    _Alignas(4) uint8_t image[IMAGE_BYTES];
    _Alignas(4) uint8_t ram_image[RAM_IMAGE_BYTES];
    int8_t rows[ROWS_BYTES];
} board;

_Noreturn static void give_up(const char *what)
{
    perror(what);
    exit(EXIT_FAILURE);
}

static void load_image(const char *path)
{
    memset(board.image, 0xFF, sizeof board.image);
    if (path == NULL) {
        return;
    }
    FILE *const file = fopen(path, "rb");
    if (file == NULL) {
        give_up(path);
    }
    (void)fread(board.image, 1, sizeof board.image, file);
    (void)fclose(file);
}

void board_start(void)
{
    const char *const starts = getenv(STARTS);
    (void)clock_gettime(CLOCK_MONOTONIC, &board.started);
    load_image(getenv(IMAGE_FILE));
    board.facts = (struct board_facts){
        .name = "host",
        .cost_unit = COST_CONVERTED_TICKS,
        .boot = (uint16_t)(starts == NULL ? 1 : atoi(starts) + 1),
        .reset_cause = starts == NULL ? RESET_POWER : RESET_SOFTWARE,
    };
    board.memory = (struct board_memory){
        .image = board.image,
        .image_bytes = sizeof board.image,
        .ram_image = board.ram_image,
        .ram_image_bytes = sizeof board.ram_image,
        .rows = board.rows,
        .rows_bytes = sizeof board.rows,
        .arena_limit = sizeof board.arena,
    };
}

const struct board_facts *board_facts(void)
{
    return &board.facts;
}

const struct board_memory *board_memory(void)
{
    return &board.memory;
}

int8_t *board_arena(size_t bytes)
{
    (void)bytes;
    return board.arena;
}

/* Waits at most `timeout_ms` (−1: for ever) for bytes; ends the process where there will be no more. */
static void fill(int timeout_ms)
{
    struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN, .revents = 0};
    const int ready = poll(&input, 1, timeout_ms);
    if (ready < 0 && errno != EINTR) {
        give_up("poll");
    }
    if (ready <= 0) {
        return;
    }
    const ssize_t count = read(STDIN_FILENO, board.received, sizeof board.received);
    if (count <= 0) {
        exit(count == 0 ? EXIT_SUCCESS : EXIT_FAILURE);
    }
    board.received_count = (size_t)count;
    board.received_at = 0;
}

bool board_receive(uint8_t *byte)
{
    if (board.received_at == board.received_count) {
        fill(0);
    }
    if (board.received_at == board.received_count) {
        return false;
    }
    *byte = board.received[board.received_at];
    board.received_at++;
    return true;
}

uint32_t board_overruns(void)
{
    return 0;
}

void board_send(const uint8_t *bytes, size_t count)
{
    while (count > 0) {
        const ssize_t written = write(STDOUT_FILENO, bytes, count);
        if (written < 0) {
            exit(EXIT_SUCCESS); /* the other side has gone */
        }
        bytes += written;
        count -= (size_t)written;
    }
}

uint32_t board_cost(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (uint32_t)now.tv_sec * 1000000000u + (uint32_t)now.tv_nsec;
}

uint32_t board_uptime_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint32_t)((now.tv_sec - board.started.tv_sec) * 1000 +
                      (now.tv_nsec - board.started.tv_nsec) / 1000000);
}

uint32_t board_stack_free(void)
{
    return 0;
}

void board_feed_watchdog(void)
{
}

void board_idle(void)
{
    if (board.received_at == board.received_count) {
        fill(-1);
    }
}

void board_reset(void)
{
    char starts[16];
    (void)snprintf(starts, sizeof starts, "%u", board.facts.boot);
    (void)setenv(STARTS, starts, 1);
    (void)execl("/proc/self/exe", "firmware", (char *)NULL);
    give_up("execl");
}
