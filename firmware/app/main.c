#include "app.h"
#include "board.h"

int main(void)
{
    static struct app app;
    board_start();
    app_start(&app);
    for (;;) {
        app_step(&app);
    }
}
