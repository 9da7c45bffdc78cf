/* Makes a table through the installed run-time library, which has no compiler. */
#include <mlec.h>
#include <stdio.h>

int main(void)
{
    static const double y[] = {1, 2, 3, 6};
    mlec_ctx *ctx = mlec_ctx_new(NULL);
    mlec_data *data = NULL;
    if (mlec_data_new(ctx, 4, &data) == MLEC_OK &&
        mlec_data_add_real(ctx, data, "y", y) == MLEC_OK) {
        printf("rows %zu\n", mlec_data_rows(data));
    }
    mlec_data_free(data);
    mlec_ctx_free(ctx);
    return 0;
}
