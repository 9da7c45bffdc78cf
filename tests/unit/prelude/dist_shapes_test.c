/* A shape parameter that passes through 0: derivatives of the generalised extreme value and Pareto
 * densities with respect to it, at 0, next to it, and where the series hands over. The values are
 * differences of order 6 with 60 digits (mpmath), at y = 1.5, mu = 0.2, sigma = 0.7. */
#include "tests/unit/prelude/dist_cases.h"

static const struct {
    const char *name;
    double xi, by_xi, by_xi_xi, by_xi_sigma;
} points[] = {
    {"gen_extreme_value", 0, -0.40187703733060311, -0.61880977111945737, -2.219108809541027},
    {"gen_extreme_value", 1e-9, -0.40187703794941288, -0.61880976622414988, -2.2191088007617074},
    {"gen_extreme_value", -1e-9, -0.40187703671179333, -0.6188097760147649, -2.2191088183203467},
    {"gen_extreme_value", 1e-4, -0.40193889383706844, -0.61832041708387058, -2.2182311239036311},
    {"gen_extreme_value", -1e-4, -0.40181513187106022, -0.61929947868494058, -2.2199869879569414},
    {"gen_extreme_value", 0.0376, -0.42197393104955739, -0.45731496403629105, -1.9208710421662378},
    {"gen_extreme_value", -0.0378, -0.37464294239566393, -0.83208348397848663, -2.5897627137851019},
    {"gen_pareto", 0, -0.13265306122448971, -0.82118561710398478, -2.2740524781341113},
    {"gen_pareto", 1e-9, -0.13265306204567532, -0.82118561207129008, -2.2740524696876307},
    {"gen_pareto", -1e-9, -0.13265306040330409, -0.8211856221366795, -2.274052486580592},
    {"gen_pareto", 1e-4, -0.13273515462850314, -0.82068252091840112, -2.2732080653073721},
    {"gen_pareto", -1e-4, -0.13257091749352675, -0.82168905995729069, -2.2748973615505129},
    {"gen_pareto", 0.0376, -0.16025678095377627, -0.65411206895899319, -1.9868821046695953},
    {"gen_pareto", -0.0378, -0.097678005257649335, -1.0390736814195408, -2.630397596050339},
};

Test(prelude_shapes, derivatives_through_zero)
{
    for (size_t i = 0; i < sizeof points / sizeof *points; i++) {
        dist_graph d;
        dist_open(&d, points[i].name, false);
        node root = dist_clause(&d, "log_pdf"), gradient[3], second[9];
        cr_assert(grad_reverse(&d.g.b, root, d.leaves + 1, 3, gradient));
        cr_assert(grad_second(&d.g.b, gradient, d.leaves + 1, 3, second));
        double x[5] = {1.5, 0.2, 0.7, points[i].xi};
        const double got[] = {graph_double(&d.g, gradient[2], x), graph_double(&d.g, second[8], x),
                              graph_double(&d.g, second[5], x)};
        const double want[] = {points[i].by_xi, points[i].by_xi_xi, points[i].by_xi_sigma};
        double allowed = fabs(points[i].xi) < 0.0377 ? 2e-13 : 2e-12; /* series, quotient */
        for (int k = 0; k < 3; k++)
            cr_expect(fabs(got[k] - want[k]) <= allowed * fabs(want[k]),
                      "%s at xi = %g, derivative %d: %.17g, not %.17g", points[i].name,
                      points[i].xi, k, got[k], want[k]);
        dist_close(&d);
    }
}

/* Mean and variance of generalised extreme values have limits there too (mpmath). */
Test(prelude_shapes, moments_through_zero)
{
    static const struct {
        double xi, mean, variance;
    } values[] = {
        {0, 0.60405096543107299, 0.80601769275563085},
        {1e-9, 0.60405096612341219, 0.8060176948641387},
        {-1e-4, 0.60398173786306642, 0.80580689937829634},
        {0.0299, 0.62533875043519082, 0.87456707533577906},
        {0.0301, 0.62548522762549511, 0.87506536311490423},
        {-0.0301, 0.58376889194399967, 0.74742119419829642},
        {0.3, 0.89546244284430145, 2.9030425511114872},
    };
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        dist_graph d;
        dist_open(&d, "gen_extreme_value", false);
        double x[5] = {0, 0.2, 0.7, values[i].xi};
        double mean = graph_double(&d.g, dist_clause(&d, "mean"), x);
        double variance = graph_double(&d.g, dist_clause(&d, "variance"), x);
        cr_expect(fabs(mean - values[i].mean) <= 1e-14 * fabs(mean),
                  "xi = %g: mean %.17g, not %.17g", values[i].xi, mean, values[i].mean);
        cr_expect(fabs(variance - values[i].variance) <= 2e-13 * variance,
                  "xi = %g: variance %.17g, not %.17g", values[i].xi, variance, values[i].variance);
        dist_close(&d);
    }
}
