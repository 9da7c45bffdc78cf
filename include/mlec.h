/* mlec: maximum likelihood and MAP estimation from a model in a small language.
 *
 * A model is compiled once, bound to data, evaluated and fitted:
 *
 *     mlec_ctx *ctx = mlec_ctx_new(NULL);
 *     mlec_options options;
 *     mlec_options_init(&options);
 *     mlec_model *model;   mlec_model_read(ctx, "model.lik", &options, &model);
 *     mlec_data *data;     mlec_data_read(ctx, "data.csv", &options, &data);
 *     mlec_problem *p;     mlec_problem_new(ctx, model, data, &options, &p);
 *     mlec_fit *fit;       mlec_fit_run(ctx, p, &options, &fit);
 *     const mlec_result *r = mlec_fit_result(fit);
 *
 * Every function returns a status; details are diagnostics on the context. Nothing here prints,
 * exits or keeps globals. A NULL passed to a _free function is ignored.
 *
 * Threads: a context, and what was made with it, belongs to one thread at a time; contexts are
 * independent of each other. A model is immutable and may be bound from several contexts. A call
 * may use threads of its own, as many as options.threads says (1: none); they are gone when it
 * returns, and what it computes does not depend on them. But for one thread that makes machine code
 * of a model: it is gone when the model is freed, which has to be done before the program ends.
 */
#ifndef MLEC_H
#define MLEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define MLEC_API __attribute__((visibility("default")))
#else
#define MLEC_API
#endif

#define MLEC_VERSION "0.1.0"

/* ---- Status ------------------------------------------------------------------------------- */

/* 0 to 3 are also the exit statuses of the program. */
typedef enum {
    MLEC_OK = 0,
    MLEC_ERROR_FIT = 1,      /* the fit failed or cannot be trusted; a result exists */
    MLEC_ERROR_MODEL = 2,    /* the model or an option is wrong */
    MLEC_ERROR_DATA = 3,     /* the data are wrong */
    MLEC_ERROR_MEMORY = 4,   /* an allocation failed */
    MLEC_ERROR_ARGUMENT = 5, /* a NULL or impossible argument */
    MLEC_ERROR_INTERNAL = 6
} mlec_status;

/* A few words for a status: "the model or an option is wrong". */
MLEC_API const char *mlec_status_text(mlec_status status);

/* ---- Context ------------------------------------------------------------------------------ */

/* `resize(user, old, size)`: like realloc; size 0 frees and returns NULL; NULL means no memory. It
 * is never called twice at the same time for one context, but perhaps from a thread of the library.
 */
typedef struct {
    void *(*resize)(void *user, void *old, size_t size);
    void *user;
} mlec_allocator;

typedef struct mlec_ctx mlec_ctx;

/* `allocator` NULL means the C library's; it is copied. NULL when there is no memory. */
MLEC_API mlec_ctx *mlec_ctx_new(const mlec_allocator *allocator);
MLEC_API void mlec_ctx_free(mlec_ctx *ctx);

typedef enum { MLEC_NOTE, MLEC_WARNING, MLEC_ERROR } mlec_severity;

/* Strings are owned by the context (or by the fit, for a fit's diagnostics). */
typedef struct {
    const char *code; /* stable: "unknown-name" */
    mlec_severity severity;
    const char *message;
    const char *hint;      /* or NULL */
    const char *file;      /* or NULL */
    uint32_t line, column; /* from 1; 0 when there is none */
    const char *const *parameters;
    uint32_t n_parameters;
    const int64_t *rows; /* data rows, from 1 */
    uint32_t n_rows;
    const char *text; /* the whole message as a terminal shows it: place, caret, notes, hint */
} mlec_diagnostic;

/* What was reported since the context was made or cleared. */
MLEC_API size_t mlec_diagnostic_count(const mlec_ctx *ctx);
MLEC_API mlec_diagnostic mlec_diagnostic_get(const mlec_ctx *ctx, size_t index);
MLEC_API void mlec_diagnostic_clear(mlec_ctx *ctx);

/* What a code means: a section of docs/errors.md, in Markdown. Strings live as long as the program.
 */
typedef struct {
    const char *code;
    mlec_severity severity;
    mlec_status status;  /* that an error of this code leads to; MLEC_OK for warnings and notes */
    const char *meaning; /* a few words */
    const char *text;    /* `length` bytes: what is wrong, an example, what to do */
    size_t length;
} mlec_explanation;

/* Every code that a diagnostic may have, in the order of the work. */
MLEC_API size_t mlec_explanation_count(void);
MLEC_API mlec_explanation mlec_explanation_get(size_t index);

/* ---- Options ------------------------------------------------------------------------------ */

/* name=value pairs of --set, --start, --fix; `name` may have an index: "b[2]", "u[A]". */
typedef struct {
    const char *name;
    double value;
} mlec_setting;

typedef enum { MLEC_NA_OMIT, MLEC_NA_ERROR } mlec_na_policy;
/* Of a series: tied order values and rows left out between others. */
typedef enum { MLEC_GAPS_ERROR, MLEC_GAPS_JOIN } mlec_gaps_policy;
typedef enum {
    MLEC_VCOV_OBSERVED,
    MLEC_VCOV_EXPECTED,
    MLEC_VCOV_ROBUST /* sandwich: also whenever the model has sampling weights */
} mlec_vcov;
typedef enum {
    MLEC_TRANSFORM_LOG,     /* exp, logit, stick-breaking, cumulated exp: the default */
    MLEC_TRANSFORM_SOFTPLUS /* softplus, normal cdf, softmax, cumulated softplus: for checks */
} mlec_transform_family;

/* Called now and then in a long fit; return false to stop it (the verdict is then "failed").
 * `iteration` is 0 on the way to a start, which may go over some of the rows. */
typedef bool (*mlec_progress)(void *user, int iteration, double log_likelihood, double decrement);

/* Called now and then while a table is read, on the thread that called the library: first its rows
 * are found and checked, then its columns become numbers and codes. `done` of `total` bytes of text
 * are behind; the last call of a step has all. */
typedef enum { MLEC_READ_ROWS, MLEC_READ_COLUMNS } mlec_read_step;
typedef void (*mlec_read_progress)(void *user, mlec_read_step step, size_t done, size_t total);

/* What makes evaluations cheaper without changing more than their last digits. */
typedef enum {
#define MLEC_TRICK(id, name, meaning) MLEC_TRICK_##id,
#include <mlec_tricks.def>
#undef MLEC_TRICK
    MLEC_TRICK_COUNT
} mlec_trick;
MLEC_API const char *mlec_trick_name(mlec_trick trick);
MLEC_API const char *mlec_trick_meaning(mlec_trick trick);

/* How a model's functions are computed; results are the same to the last bit. */
typedef enum {
    MLEC_TIER_AUTO,        /* interpreted, until there is work enough for machine code */
    MLEC_TIER_INTERPRETER, /* interpreted always */
    MLEC_TIER_COMPILED     /* by machine code, which is made when the model is compiled */
} mlec_tier;

typedef struct {
    size_t size; /* set by mlec_options_init */
    const mlec_setting *sets, *starts, *fixes;
    size_t n_sets, n_starts, n_fixes;
    bool mle;      /* leave priors out */
    bool pedantic; /* also warn of what is allowed but seldom meant, as `mlec check` does */
    double level;  /* of the intervals: 0.95 */
    mlec_vcov vcov;
    const char *cluster; /* a column whose levels are the independent units: vcov is then ROBUST;
                            read when a problem is made; or NULL */
    mlec_na_policy na;
    mlec_gaps_policy gaps;
    int max_iterations; /* 200 */
    mlec_transform_family transform;
    mlec_progress progress; /* or NULL */
    void *progress_user;
    const char *cache; /* a private directory in which compiled code is kept for the next time, made
                          when it is missing; or NULL, the default */
    int threads;       /* at most so many at work at a time; 0, the default: one for each core */
    uint32_t without;  /* tricks to leave out: the sum of 1 << trick */
    mlec_read_progress read_progress; /* or NULL */
    void *read_progress_user;
    mlec_tier tier;
} mlec_options;

MLEC_API void mlec_options_init(mlec_options *options);

/* ---- Model -------------------------------------------------------------------------------- */

typedef struct mlec_model mlec_model;
typedef struct mlec_plan mlec_plan; /* <mlec_model.h> */

/* Compiles a file, or `length` bytes of text that messages call `name`. `options` gives --set. */
MLEC_API mlec_status mlec_model_read(mlec_ctx *ctx, const char *path, const mlec_options *options,
                                     mlec_model **model);
MLEC_API mlec_status mlec_model_compile(mlec_ctx *ctx, const char *name, const char *text,
                                        size_t length, const mlec_options *options,
                                        mlec_model **model);
/* A model that `mlec build` compiled ahead of time and the program links; no compiler is needed. */
MLEC_API mlec_status mlec_model_from_plan(mlec_ctx *ctx, const mlec_plan *plan, mlec_model **model);
/* Begins to make the machine code of a model that the evaluations of much data will want, while the
 * caller does something else, such as reading them; or makes it, where options.threads of the model
 * is 1. `wait`: returns when it is all there. Evaluations do this by themselves when they have
 * found that there is work enough. Without effect on a model of MLEC_TIER_INTERPRETER, or one that
 * was compiled ahead of time. Never changes a result. */
MLEC_API void mlec_model_prepare(const mlec_model *model, bool wait);
MLEC_API void mlec_model_free(mlec_model *model);
MLEC_API const mlec_plan *mlec_model_plan(const mlec_model *model);

/* A stage of the compiler as text; see `mlec emit`. The text is owned by the context. */
typedef enum {
    MLEC_EMIT_AST,
    MLEC_EMIT_GRAPH,
    MLEC_EMIT_GRADIENT,
    MLEC_EMIT_HESSIAN,
    MLEC_EMIT_PLAN,
    MLEC_EMIT_LLVM,
    MLEC_EMIT_ASM,
    MLEC_EMIT_LATEX
} mlec_emit;
MLEC_API mlec_status mlec_model_emit(mlec_ctx *ctx, const char *name, const char *text,
                                     size_t length, const mlec_options *options, mlec_emit what,
                                     const char **out);
/* The text of a model in the one layout of `mlec fmt`; what it says, its comments and its empty
 * lines stay. MLEC_ERROR_MODEL when it cannot be read. The text is owned by the context. */
MLEC_API mlec_status mlec_model_format(mlec_ctx *ctx, const char *name, const char *text,
                                       size_t length, const char **out);
/* Compiles a model text to an object file and a C header; `symbol` names the plan in them. */
MLEC_API mlec_status mlec_model_build(mlec_ctx *ctx, const char *name, const char *text,
                                      size_t length, const mlec_options *options,
                                      const char *symbol, const char *object_path,
                                      const char *header_path);

/* Documentation of the functions and distributions of the language and, where `text` is not NULL,
 * of those that a model text defines. `topic` is the name of one, "distributions", "functions", or
 * NULL for a list of all. MARKDOWN is the source of the reference pages; JSON an array of objects.
 * An unknown name is MLEC_ERROR_MODEL with a diagnostic. The text is owned by the context. */
typedef enum { MLEC_DOC_TEXT, MLEC_DOC_MARKDOWN, MLEC_DOC_JSON } mlec_doc_format;
MLEC_API mlec_status mlec_doc(mlec_ctx *ctx, const char *topic, const char *name, const char *text,
                              size_t length, mlec_doc_format format, const char **out);

/* Microseconds that each pass of a compilation took, as far as it has come: `later` when machine
 * code was not made before the model was there, but beside or between evaluations. */
typedef struct {
    const char *pass;
    double microseconds;
    bool later;
} mlec_pass_time;
MLEC_API size_t mlec_model_times(const mlec_model *model, const mlec_pass_time **times);

/* ---- Data --------------------------------------------------------------------------------- */

typedef struct mlec_data mlec_data;

/* A table of text: .csv, .tsv, gzip; "-" is standard input. */
MLEC_API mlec_status mlec_data_read(mlec_ctx *ctx, const char *path, const mlec_options *options,
                                    mlec_data **data);
/* A table in the caller's memory, which must stay as it is while the data or a problem lives. */
MLEC_API mlec_status mlec_data_new(mlec_ctx *ctx, size_t n_rows, mlec_data **data);
/* `values[n_rows]`; NaN is missing. */
MLEC_API mlec_status mlec_data_add_real(mlec_ctx *ctx, mlec_data *data, const char *name,
                                        const double *values);
/* `codes[n_rows]` in 0 .. n_levels - 1, -1 is missing; levels in their order. */
MLEC_API mlec_status mlec_data_add_factor(mlec_ctx *ctx, mlec_data *data, const char *name,
                                          const int32_t *codes, const char *const *levels,
                                          size_t n_levels);
MLEC_API size_t mlec_data_rows(const mlec_data *data);
MLEC_API void mlec_data_free(mlec_data *data);

/* ---- Problem: a model bound to data -------------------------------------------------------- */

typedef struct mlec_problem mlec_problem;

/* Matches columns, checks values, sorts out missing ones, computes what depends on data alone. The
 * only place of an evaluation that allocates. `data` NULL is a model without columns. */
MLEC_API mlec_status mlec_problem_new(mlec_ctx *ctx, const mlec_model *model, const mlec_data *data,
                                      const mlec_options *options, mlec_problem **problem);
MLEC_API void mlec_problem_free(mlec_problem *problem);
/* Parameters, each element counted: the length of theta. */
MLEC_API size_t mlec_problem_size(const mlec_problem *problem);
MLEC_API const char *mlec_problem_name(const mlec_problem *problem, size_t index); /* "b[2]" */
/* Declared start values, and a value inside the type where none was declared (a fit looks for
 * better ones): theta[size]. */
MLEC_API void mlec_problem_start(const mlec_problem *problem, double *theta);
MLEC_API size_t mlec_problem_rows_used(const mlec_problem *problem);
/* The share of the work of all evaluations so far that was interpreted, from 0 to 1. */
MLEC_API double mlec_problem_interpreted(const mlec_problem *problem);

/* Log-likelihood plus log-prior (unless options.mle) at theta[size], on the declared scale.
 * value[1], grad[size], hess[size * size] (symmetric, column-major); NULL means not wanted. The
 * value is -inf or NaN where the model is not defined. Allocates nothing. */
MLEC_API mlec_status mlec_eval(mlec_problem *problem, const double *theta, double *value,
                               double *grad, double *hess);

/* Data row, from 1, of each used row: rows[rows_used]. */
MLEC_API void mlec_problem_row_numbers(const mlec_problem *problem, int64_t *rows);
/* Scores at theta[size]: the derivative of each used row's log-likelihood, times its weight, with
 * respect to theta. scores[rows_used * size]: row after row in the order of the data, in each the
 * elements of theta. They add up to the gradient of the log-likelihood, without priors.
 * MLEC_ERROR_MODEL, with a diagnostic, when the log-likelihood is no sum over rows. */
MLEC_API mlec_status mlec_scores(mlec_problem *problem, const double *theta, double *scores);

/* ---- Fit ---------------------------------------------------------------------------------- */

typedef struct mlec_fit mlec_fit;

typedef enum {
    MLEC_INTERIOR,  /* a certified maximum in the interior */
    MLEC_BOUNDARY,  /* a maximum with parameters at their bounds */
    MLEC_FLAT,      /* a direction without information */
    MLEC_SADDLE,    /* stationary but no maximum */
    MLEC_DIVERGING, /* the maximum is at infinity, or there is none */
    MLEC_FAILED     /* no convergence */
} mlec_verdict;
MLEC_API const char *mlec_verdict_text(mlec_verdict verdict); /* "interior" */

/* What does not exist is NaN. */
typedef struct {
    const char *name;
    const char *type;
    double estimate, std_error, z, p_value, lower, upper, start;
    bool at_bound, aliased, fixed;
} mlec_estimate;

typedef struct {
    const char *name;
    const char *const *levels;
    size_t n_levels;
} mlec_factor;

typedef struct {
    const char *model, *data; /* names, as given */
    size_t rows, rows_used, rows_missing;
    double n; /* rows used, or the sum of frequency weights */
    bool map; /* priors were in force */
    mlec_verdict verdict;
    bool converged;
    int iterations;
    double gradient_norm, decrement; /* decrement: g' H^-1 g / 2, scale-free */
    size_t n_free;                   /* free dimensions: k of AIC */
    double log_likelihood, log_prior, log_posterior;
    double aic, aicc, bic;
    double outcome_entropy; /* nats, of the empirical distribution of a class outcome whose
                               probabilities are the same for all rows: -log_likelihood / n minus
                               this is the Kullback-Leibler divergence of the model from it */
    mlec_vcov vcov;
    double level;
    size_t n_parameters;
    const mlec_estimate *parameters;
    size_t n_derived;
    const mlec_estimate *derived;
    const double *covariance; /* n_parameters squared, column-major, natural scale; NULL for models
                                 with the levels of a long factor among thousands of parameters */
    size_t n_factors;
    const mlec_factor *factors;
    size_t n_diagnostics;
    const mlec_diagnostic *diagnostics;
    double read_ms, compile_ms, fit_ms, total_ms; /* filled in by the caller where known */
} mlec_result;

/* Fits. MLEC_ERROR_FIT comes with a result that says why it cannot be trusted. */
MLEC_API mlec_status mlec_fit_run(mlec_ctx *ctx, mlec_problem *problem, const mlec_options *options,
                                  mlec_fit **fit);
MLEC_API const mlec_result *mlec_fit_result(const mlec_fit *fit);
MLEC_API void mlec_fit_free(mlec_fit *fit);

/* The result for people and for programs; the text is owned by the context. `width` is that of the
 * terminal (0: 80). */
MLEC_API mlec_status mlec_report_text(mlec_ctx *ctx, const mlec_result *result, int width,
                                      const char **out);
MLEC_API mlec_status mlec_report_json(mlec_ctx *ctx, const mlec_result *result, const char **out);
/* The JSON object for a run that never reached a fit: model, data and the context's diagnostics. */
MLEC_API mlec_status mlec_report_failure_json(mlec_ctx *ctx, const char *model, const char *data,
                                              const char **out);

#ifdef __cplusplus
}
#endif
#endif
