/* The names of the tricks. */
#include <mlec.h>

static const struct {
    const char *name, *meaning;
} tricks[] = {
#define MLEC_TRICK(id, name, meaning) {name, meaning},
#include <mlec_tricks.def>
#undef MLEC_TRICK
};

const char *mlec_trick_name(mlec_trick trick)
{
    return trick < MLEC_TRICK_COUNT ? tricks[trick].name : NULL;
}

const char *mlec_trick_meaning(mlec_trick trick)
{
    return trick < MLEC_TRICK_COUNT ? tricks[trick].meaning : NULL;
}
