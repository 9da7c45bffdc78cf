/* What the families have in common, and the calls that serve eight rows at a time. */
#include "runtime/calc/jet_parts.h"

#include "runtime/calc/calc.h"

#include <math.h>

const double jet_nodes[JET_NODES] = {
    0.00136806907525921823, 0.0071942442273658323, 0.0176188722062467846, 0.0325469620311301554,
    0.051839422116973938,   0.0753161931337150149, 0.102758102016028797,  0.13390894062985516,
    0.1684778665348924,     0.206142121379618835,  0.246550045533885305,  0.289324361934682327,
    0.334065698858936175,   0.380356318873931463,  0.427764019208601753,  0.475846167156130842,
    0.524153832843869158,   0.572235980791398247,  0.619643681126068537,  0.665934301141063825,
    0.710675638065317673,   0.753449954466114695,  0.793857878620381165,  0.8315221334651076,
    0.86609105937014484,    0.897241897983971203,  0.924683806866284985,  0.948160577883026062,
    0.967453037968869845,   0.982381127793753215,  0.992805755772634168,  0.998631930924740782,
};

const double jet_weights[JET_NODES] = {
    0.0035093050047350483, 0.0081371973654528353, 0.0126960326546310297, 0.0171369314565107166,
    0.0214179490111133403, 0.0254990296311880881, 0.0293420467392677736, 0.0329111113881809234,
    0.0361728970544242531, 0.0390969478935351532, 0.0416559621134733776, 0.0438260465022019056,
    0.0455869393478819424, 0.0469221995404022828, 0.0478193600396374297, 0.0482700442573639003,
    0.0482700442573639003, 0.0478193600396374297, 0.0469221995404022828, 0.0455869393478819424,
    0.0438260465022019056, 0.0416559621134733776, 0.0390969478935351532, 0.0361728970544242531,
    0.0329111113881809234, 0.0293420467392677736, 0.0254990296311880881, 0.0214179490111133403,
    0.0171369314565107166, 0.0126960326546310297, 0.0081371973654528353, 0.0035093050047350483,
};

void jet_nan(double *jet, int n)
{
    for (int i = 0; i < calc_jet_length(n); i++)
        jet[i] = NAN;
}

void jet_certain(double *jet, int n, bool nothing)
{
    for (int i = 0; i < calc_jet_length(n); i++)
        jet[i] = 0;
    if (nothing)
        jet[0] = -INFINITY;
}

/* With r = p/(1 - p): M_i = -r L_i, M_ij = -r (L_ij + (1 + r) L_i L_j). */
void jet_complement(double *jet, int n)
{
    double r = 1 / calc_expm1(-jet[0]);
    double *second = jet + 1 + n;
    for (int i = 1; i <= n; i++)
        for (int j = i; j <= n; j++, second++)
            *second = r == 0 ? 0 : -r * (*second + (1 + r) * jet[i] * jet[j]);
    for (int i = 1; i <= n; i++)
        jet[i] = r == 0 ? 0 : -r * jet[i];
    jet[0] = calc_log1m_exp(jet[0]);
}

static double horner(double x, const double *c, int n)
{
    double p = c[n - 1];
    for (int i = n - 2; i >= 0; i--)
        p = p * x + c[i];
    return p;
}

double jet_stirling(double x)
{
    static const double c[] = {1.0 / 12,    -1.0 / 360,       1.0 / 1260,
                               -1.0 / 1680, 1.0 / 1188,       -691.0 / 360360,
                               1.0 / 156,   -3617.0 / 122400, 43867.0 / 244188};
    return horner(1 / (x * x), c, 9) / x;
}

double jet_log_digamma(double x)
{
    static const double c[] = {1.0 / 12,  -1.0 / 120,     1.0 / 252, -1.0 / 240,
                               1.0 / 132, -691.0 / 32760, 1.0 / 12,  -3617.0 / 8160};
    double u = 1 / (x * x);
    return 0.5 / x + u * horner(u, c, 8);
}

/* Taylor's series: -euler x + zeta(2)/2 x^2 - zeta(3)/3 x^3 + ... */
double jet_lgamma1p(double x)
{
    static const double c[] = {-0.57721566490153286061, 0.82246703342411321824,
                               -0.40068563438653142847, 0.27058080842778454788,
                               -0.20738555102867398527, 0.16955717699740818995,
                               -0.14404989676884611812, 0.12550966952474304242};
    return x < 0.01 ? x * horner(x, c, 8) : calc_lgamma(1 + x);
}

static void by_lanes(void (*jet)(const double *, double *), int n, const double *x, double *out)
{
    for (int lane = 0; lane < JET_LANES; lane++) {
        double own[JET_MOST_ARGUMENTS], numbers[JET_MOST];
        for (int k = 0; k < n; k++)
            own[k] = x[JET_LANES * k + lane];
        jet(own, numbers);
        for (int k = 0; k < calc_jet_length(n); k++)
            out[JET_LANES * k + lane] = numbers[k];
    }
}

#define JET(name, arity)                                                                           \
    void mlec_jet_##name(const double *x, double *out) { by_lanes(calc_jet_##name, arity, x, out); }
#include "runtime/calc/jet.def"

const jet_fn calc_jets[JET_COUNT] = {
#define JET(name, arity) {#name, arity, calc_jet_##name, quad_jet_##name, mlec_jet_##name},
#include "runtime/calc/jet.def"
};
