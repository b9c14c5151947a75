/* For tests, built with sanitizers: reads images from standard input, each after its length (u32), opens each
 * in memory of exactly its size, runs it twice where it is accepted, and tells what came of it, a line each:
 * the status, and a CRC of all outputs. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ss_engine.h"

/* Accepted images may ask for more work than a test has time for. */
static const uint32_t MAX_MACS = 20u << 20;
static const uint32_t MAX_ARENA_BYTES = 1u << 20;

static uint32_t run(const struct ss_model *model, unsigned seed)
{
    const size_t frame = (size_t)model->frame_size * model->features;
    const size_t outputs = (size_t)model->frame_size * model->classes;
    int8_t *arena = aligned_alloc(16, (model->arena_bytes + 15u) & ~15u);
    uint8_t probabilities[SS_MAX_CLASSES];
    if (arena == NULL) {
        abort();
    }
    memset(arena, (int)seed, model->arena_bytes);
    for (size_t i = 0; i < frame; i++) {
        seed = seed * 1103515245u + 12345u;
        ss_model_input(model, arena)[i] = (int8_t)(uint8_t)(seed >> 16);
    }
    ss_model_run(model, arena, NULL, NULL);
    uint32_t crc = ss_crc32(0, ss_model_output(model, arena), outputs);
    for (size_t epoch = 0; epoch < model->frame_size; epoch++) {
        ss_probabilities(model, ss_model_output(model, arena) + epoch * model->classes, probabilities);
        crc = ss_crc32(crc, probabilities, model->classes);
    }
    free(arena);
    return crc;
}

static enum ss_status quantise(const struct ss_model *model)
{
    float *row = calloc(model->features, sizeof *row);
    int8_t *quantised = malloc(model->features);
    if (row == NULL || quantised == NULL) {
        abort();
    }
    row[0] = 3e38f;
    const enum ss_status status = ss_quantise_row(model, row, quantised);
    free(row);
    free(quantised);
    return status;
}

int main(void)
{
    uint32_t bytes;
    while (fread(&bytes, sizeof bytes, 1, stdin) == 1) {
        uint8_t *image = malloc(bytes ? bytes : 1);
        struct ss_model model;
        if (image == NULL || fread(image, 1, bytes, stdin) != bytes) {
            return 1;
        }
        const enum ss_status status = ss_model_open(image, bytes, &model);
        uint32_t crc = 0;
        if (status == SS_OK && quantise(&model) == SS_OK && model.macs <= MAX_MACS &&
            model.arena_bytes <= MAX_ARENA_BYTES) {
            crc = run(&model, 1) ^ run(&model, 2);
        }
        printf("%d %08x\n", (int)status, (unsigned)crc);
        free(image);
    }
    return 0;
}
