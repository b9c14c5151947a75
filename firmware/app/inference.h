/* Runs a model and keeps what each layer cost. */
#ifndef SS_INFERENCE_H
#define SS_INFERENCE_H

#include <stdbool.h>
#include <stdint.h>

#include "protocol.h"
#include "ss_engine.h"

typedef void (*between_layers)(void *context);

struct inference {
    bool running;
    uint32_t number; /* inferences finished */
    uint16_t layers; /* of the newest */
    uint32_t cost;   /* of the newest */
    uint32_t costs[COSTS_LAYERS_MAX];

    uint32_t running_costs[COSTS_LAYERS_MAX];
    uint32_t since;
    between_layers between;
    void *context;
};

void inference_start(struct inference *inference);

/* Runs `model` on the input that stands in `arena`; calls `between` after each layer, at no layer's cost. */
void inference_run(struct inference *inference, const struct ss_model *model, int8_t *arena,
                   between_layers between, void *context);

#endif
