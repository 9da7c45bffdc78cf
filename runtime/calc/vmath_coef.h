/* Coefficients of the elementwise functions. Written by vmath_coef.py, which says how.
 * Do not edit: change the script and run it. */
#ifndef MLEC_RUNTIME_CALC_VMATH_COEF_H
#define MLEC_RUNTIME_CALC_VMATH_COEF_H

/* log(2) as a sum of 3 doubles */
static const double vm_ln2[3] = {
    0x1.62e42fefa39efp-1,
    0x1.abc9e3b39803fp-56,
    0x1.7b57a079a1934p-111,
};

/* 1/log(2) as a sum of 2 doubles */
static const double vm_log2e[2] = {
    0x1.71547652b82fep+0,
    0x1.777d0ffda0d24p-56,
};

/* 1/log(10) as a sum of 2 doubles */
static const double vm_log10e[2] = {
    0x1.bcb7b1526e50ep-2,
    0x1.95355baaafad3p-57,
};

/* log10(2) as a sum of 2 doubles */
static const double vm_log10_2[2] = {
    0x1.34413509f79ffp-2,
    -0x1.9dc1da994fd21p-59,
};

/* (exp(r) - 1 - r)/r^2, error relative to exp(r)
 * on [-0.346608, 0.346608]; log2 error -56.85, rounded -56.55 */
static const double vm_exp[10] = {
    0x1.0000000000009p-1,  0x1.5555555555558p-3,  0x1.55555555503e3p-5,  0x1.111111110f803p-7,
    0x1.6c16c18601e8cp-10, 0x1.a01a01b00c2c6p-13, 0x1.a01993b37a9cap-16, 0x1.71ddf6b3f10d1p-19,
    0x1.28b410d73d492p-22, 0x1.af632ad6abee8p-26,
};

/* (2s - log((1 + s)/(1 - s)))/s^3 in z = s^2, error relative to the logarithm
 * on [0.0, 0.0294667]; log2 error -59.48, rounded -59.48 */
static const double vm_log[7] = {
    -0x1.5555555555593p-1, -0x1.999999997fa87p-2, -0x1.249249421dcdfp-2, -0x1.c71c51e461bd2p-3,
    -0x1.746646bcbf4fbp-3, -0x1.39a0e93fa6f8cp-3, -0x1.2f0df2af6b652p-3,
};

/* the same on the interval that log(1 + u) needs for u in [0, 1]
 * on [0.0, 0.111111]; log2 error -59.39, rounded -59.38 */
static const double vm_log_unit[10] = {
    -0x1.5555555555535p-1, -0x1.99999999a0787p-2, -0x1.249249208a08bp-2, -0x1.c71c741daaa71p-3,
    -0x1.745cb3d5a4c85p-3, -0x1.3b1ddec9158f9p-3, -0x1.10679cd92b58fp-3, -0x1.efda870c78407p-4,
    -0x1.55a879a753845p-4, -0x1.5c7fc1cb646dbp-3,
};

/* 2/3 as a sum of 2 doubles */
static const double vm_two_thirds[2] = {
    0x1.5555555555555p-1,
    0x1.5555555555555p-55,
};

/* its terms after 2/3: for the logarithm in two doubles
 * on [0.0, 0.0294667]; log2 error -73.54, rounded -73.46 */
static const double vm_log_far[8] = {
    0x1.9999999999996p-2, 0x1.2492492492f56p-2, 0x1.c71c71c595927p-3, 0x1.745d1829f1e1ap-3,
    0x1.3b1364993b0e8p-3, 0x1.1120772952752p-3, 0x1.de3c146e73d8dp-4, 0x1.ead1b29df83b3p-4,
};

/* cbrt(w), the start of an iteration; relative
 * on [0.351111, 2.8481]; log2 error -11.77, rounded -11.76 */
static const double vm_cbrt[7] = {
    0x1.9240937c6e753p-2,  0x1.31fb684afd29cp+0, -0x1.1971ea67ae13cp+0, 0x1.8978efedc263ap-1,
    -0x1.4b70179113021p-2, 0x1.2b3b7a417734ep-4, -0x1.bb41aa02b25ddp-8,
};

/* (sinh(x) - x)/x^3 in z = x^2, error relative to sinh(x)
 * on [0.0, 1.0]; log2 error -62.32, rounded -61.72 */
static const double vm_sinh[7] = {
    0x1.5555555555556p-3,  0x1.1111111111020p-7,  0x1.a01a01a036c65p-13, 0x1.71de3a3b6a324p-19,
    0x1.ae646f9a13846p-26, 0x1.61171a95fc575p-33, 0x1.b5bcc83242956p-41,
};

/* pi/2 as a sum of 3 doubles */
static const double vm_half_pi[3] = {
    0x1.921fb54442d18p+0,
    0x1.1a62633145c07p-54,
    -0x1.f1976b7ed8fbcp-110,
};

/* pi as a sum of 2 doubles */
static const double vm_pi[2] = {
    0x1.921fb54442d18p+1,
    0x1.1a62633145c07p-53,
};

/* (sin(r) - r)/r^3 in z = r^2, error relative to sin(r)
 * on [0.0, 0.617467]; log2 error -58.01, rounded -57.99 */
static const double vm_sin[6] = {
    -0x1.5555555555549p-3, 0x1.111111110f89dp-7,   -0x1.a01a019c14239p-13,
    0x1.71de3578e1776p-19, -0x1.ae5e668fecc65p-26, 0x1.5d92f904cc4c0p-33,
};

/* (cos(r) - 1 + r^2/2)/r^4 in z = r^2
 * on [0.0, 0.617467]; log2 error -64.21, rounded -64.17 */
static const double vm_cos[6] = {
    0x1.555555555554cp-5,   -0x1.6c16c16c15217p-10, 0x1.a01a019cbe0acp-16,
    -0x1.27e4f8116de2ep-22, 0x1.1ee9f0470b079p-29,  -0x1.8fb0932d1afdfp-37,
};

/* (atan(x) - x)/x^3 in z = x^2, error relative to atan(x)
 * on [0.0, 1.0]; log2 error -57.74, rounded -54.53 */
static const double vm_atan[20] = {
    -0x1.555555555552ap-2, 0x1.999999999468ap-3,  -0x1.249249231ec58p-3,  0x1.c71c71633cf0ap-4,
    -0x1.745d0f64ead28p-4, 0x1.3b13493cc96b7p-4,  -0x1.110d516755162p-4,  0x1.e1af3e9823786p-5,
    -0x1.ae25b26f22ec0p-5, 0x1.82173f12c67cfp-5,  -0x1.57a0a5806d786p-5,  0x1.2817a4746b167p-5,
    -0x1.dd237b9d98ecfp-6, 0x1.58b5038eb9d73p-6,  -0x1.aae53e5cbbdcdp-7,  0x1.b01daaf674af8p-8,
    -0x1.5296960abe8cdp-9, 0x1.7dbd1f3fc722ep-11, -0x1.11d41312c78c1p-13, 0x1.75e743f129111p-17,
};

/* (asin(x) - x)/x^3 in z = x^2, error relative to asin(x)
 * on [0.0, 0.2501]; log2 error -55.85, rounded -55.86 */
static const double vm_asin[12] = {
    0x1.5555555555385p-3, 0x1.333333336fc94p-4, 0x1.6db6db41a67eap-5,  0x1.f1c72c7ce8a97p-6,
    0x1.6e89edef88b1ep-6, 0x1.1c6c4001fe429p-6, 0x1.c6f68c5292b7ep-7,  0x1.8ef1d2fae1bc2p-7,
    0x1.aa3e7318d1d51p-8, 0x1.41042468aa52fp-6, -0x1.0b78ecf0b2551p-6, 0x1.05fc96a513922p-5,
};

/* sqrt(2) as a sum of 2 doubles */
static const double vm_sqrt2[2] = {
    0x1.6a09e667f3bcdp+0,
    -0x1.bdd3413b26456p-54,
};

/* sqrt(2/pi) as a sum of 2 doubles */
static const double vm_sqrt_2_pi[2] = {
    0x1.9884533d43651p-1,
    -0x1.cbc0d30ebfd15p-55,
};

/* 1/sqrt(2 pi) as a sum of 2 doubles */
static const double vm_inv_sqrt_2pi[2] = {
    0x1.9884533d43651p-2,
    -0x1.cbc0d30ebfd15p-56,
};

/* (1 + x) exp(x^2/2) Phi(-x) in t = (x - 5.5)/(x + 5.5), relative
 * on [-1.0, 1.0]; log2 error -56.37, rounded -55.52 */
static const double vm_tail[24] = {
    0x1.d43372dd1ca78p-2,  -0x1.69d624ce86419p-4,  0x1.2870a53b3f356p-5,   0x1.2253e8f1033c6p-9,
    -0x1.5ed74b0a0d2e2p-6, 0x1.8e36e3490e825p-6,   -0x1.2aae054927114p-6,  0x1.4ef00011d7963p-7,
    -0x1.16af72fbf5690p-8, 0x1.2fbff296784bfp-10,  -0x1.55b67f316a915p-14, -0x1.7bd5e3a5af710p-14,
    0x1.45f749853612bp-15, -0x1.03e257f697efbp-21, -0x1.3ae2ef057be6ap-18, 0x1.1c0ded06a82f5p-20,
    0x1.de33f84f28844p-22, -0x1.ca6782120fe30p-23, -0x1.4d5ccbef8deb9p-25, 0x1.2536771eb7ae4p-25,
    0x1.b524e8506048ap-29, -0x1.36ff7aa9a8b33p-28, -0x1.aa2cdbc736f5cp-33, 0x1.910e1a9637708p-32,
};

/* erf(x)/x - 1 in z = x^2, error relative to erf(x)
 * on [0.0, 1.0]; log2 error -62.74, rounded -56.27 */
static const double vm_erf[13] = {
    0x1.06eba8214db69p-3,  -0x1.812746b037a25p-2,  0x1.ce2f21a0458cep-4,  -0x1.b82ce31354871p-6,
    0x1.565bcd2c590dep-8,  -0x1.c02db9327ae86p-11, 0x1.f9a3b98028263p-14, -0x1.f4dcfb7fc3190p-17,
    0x1.ba6a03561c5a5p-20, -0x1.639cd02b822b8p-23, 0x1.1379ae73d09bcp-26, -0x1.c77e15e0d7a5dp-30,
    0x1.40394e0cc4628p-33,
};

/* inv_Phi(1/2 + q)/q - 5/2 in y = 0.16 - q^2, relative to inv_Phi
 * on [0.0, 0.16]; log2 error -58.39; numerator, denominator */
static const double vm_quantile_num[8] = {
    0x1.6862d126c21fcp-1,   0x1.0226cf81f9062p+4,   0x1.7ac0cd5c955b8p+6,   -0x1.0c9a1ac7e027ep+8,
    -0x1.093055d2d2a27p+12, -0x1.93a33dd6b906ap+13, -0x1.9458fcc62d3adp+13, -0x1.7d3ab8a093764p+11,
};
static const double vm_quantile_den[8] = {
    0x1.0000000000000p+0,  0x1.0ff7009e33bc4p+5,  0x1.bf6b28e0fda0dp+8,  0x1.67b334dae6c85p+11,
    0x1.25d07edc1ccbfp+13, 0x1.cc312dd45592ep+13, 0x1.2248b9bd0425ap+13, 0x1.757af3ff75d77p+10,
};

/* sqrt(2) r + inv_Phi(exp(-r^2)) in y = r - 1.5, relative to inv_Phi
 * on [0.0174271, 25.1158]; log2 error -54.8; numerator, denominator */
static const double vm_quantile_far_num[11] = {
    0x1.bd69bf5d0e931p-1,  0x1.b536ad70aa9a3p+0,  0x1.5b2705f8c1765p+0,  0x1.240e801dd1d1bp-1,
    0x1.1bc201583978dp-3,  0x1.3d84bd63e1656p-6,  0x1.7fab9a0f11f3dp-10, 0x1.c08d11a44499ep-15,
    0x1.a9960b0533e27p-21, 0x1.c79244ca2222dp-29, 0x1.34a3ac5ffc6b8p-41,
};
static const double vm_quantile_far_den[11] = {
    0x1.0000000000000p+0,  0x1.2a5c8860340fbp+1,  0x1.206c694e0ea08p+1,  0x1.2ee7e9717e63fp+0,
    0x1.7b3404cac7845p-2,  0x1.215054b30839dp-4,  0x1.04fbf605f3d46p-7,  0x1.0259d97601165p-11,
    0x1.f30c69a218b69p-17, 0x1.848e548933328p-23, 0x1.445977acadd4fp-31,
};

/* the zero of digamma as a sum of 2 doubles */
static const double vm_digamma_zero[2] = {
    0x1.762d86356be3fp+0,
    0x1.b86a722197829p-54,
};

/* log(2 pi)/2 - 1/2 as a sum of 1 doubles */
static const double vm_lgamma_c[1] = {
    0x1.acfe390c97d69p-2,
};

/* lgamma(x)/((x - 1)(x - 2)) in t = (x - 3/2)/(x + 3/2), x in [3/4, 3], relative
 * on [-0.333333, 0.333333]; log2 error -56.8, rounded -53.58 */
static const double vm_lgamma[21] = {
    0x1.eeb95b094c191p-2, -0x1.c0638869c10cbp-2, 0x1.06ce2b0811aedp-3, -0x1.34d888b7a336bp-3,
    0x1.5d697320db126p-4, -0x1.7dca5127db2b2p-4, 0x1.0570a29830363p-4, -0x1.1547414ad15c7p-4,
    0x1.a11a140c95e35p-5, -0x1.b3c511368cb7ep-5, 0x1.5abd8df854820p-5, -0x1.670f20d55d2a6p-5,
    0x1.28a8f4fd09cd2p-5, -0x1.30c370010ae63p-5, 0x1.02a5d8aac3bf5p-5, -0x1.0ff5c8c1f815bp-5,
    0x1.d790ecb55a312p-6, -0x1.800f99e19bbaap-6, 0x1.500b0702e4dbdp-6, -0x1.6e629720c5c27p-5,
    0x1.483c34c884c90p-5,
};

/* x digamma(x)/(x - its zero) in t = (x - 1)/(x + 3), x in [0, 3], relative
 * on [-0.333333, 0.333333]; log2 error -58.68, rounded -55.65 */
static const double vm_digamma[23] = {
    0x1.4018e9a62525ep+0,  0x1.952eea190225fp+0, -0x1.b0fb832282fd1p-5, 0x1.7a522b88432d0p-1,
    -0x1.7775c1b93833cp-3, 0x1.31fa2d4a36226p-1, -0x1.fe1f43d0e0886p-3, 0x1.160ea4b18711ap-1,
    -0x1.252f5bd90ce6ap-2, 0x1.06dd5f7f100dfp-1, -0x1.3cefa99932b4bp-2, 0x1.fa499ad25340ap-2,
    -0x1.4cfd80812300fp-2, 0x1.ece13104216c9p-2, -0x1.5900ce5b1a303p-2, 0x1.e06c599b32203p-2,
    -0x1.5c6b476242a5ep-2, 0x1.f1678da81f41cp-2, -0x1.8f003acf6c3ebp-2, 0x1.4e9932aff4db5p-2,
    -0x1.63dd515cb1d02p-3, 0x1.c04afad86f9edp-1, -0x1.a9bfdb2b5d358p-1,
};

/* x^2 trigamma(x) in t = (x - 1)/(x + 3), x in [0, 3], relative
 * on [-0.333333, 0.333333]; log2 error -58.63, rounded -53.97 */
static const double vm_trigamma[25] = {
    0x1.a51a6625307d3p+0, 0x1.c5819758c06c8p+1,  0x1.386fff66fe3f5p+2, 0x1.420bdd8d5cf0ep+1,
    0x1.8f6920e569275p+2, 0x1.c7ecd65d766cep-1,  0x1.017be23382cb2p+3, -0x1.04c96a7ae10e7p+0,
    0x1.403bea2b2083bp+3, -0x1.805bbf83d1f61p+1, 0x1.80089a064b5a1p+3, -0x1.4006b8439fbe5p+2,
    0x1.c0024408a1486p+3, -0x1.bff7a58ffb52fp+2, 0x1.ffe6b9ea2290bp+3, -0x1.205baaafccef8p+3,
    0x1.20c9e771918fap+4, -0x1.5b3cec543db1cp+3, 0x1.37812f38f4fb0p+4, -0x1.c99e6704e9a95p+3,
    0x1.9c9c7f4386f8ep+4, -0x1.fc4084c09e288p+2, 0x1.cae45c45b00c4p+2, -0x1.2d154a9811348p+5,
    0x1.07f0b92093847p+6,
};

/* x^3 tetragamma(x) in t = (x - 1)/(x + 3), x in [0, 3], relative
 * on [-0.333333, 0.333333]; log2 error -57.04, rounded -53.74 */
static const double vm_tetragamma[26] = {
    -0x1.33ba004f00621p+1, -0x1.6fd2639e2262ep+1,  -0x1.69bc2513438a0p+2, -0x1.2b83ab30d8c60p+1,
    -0x1.231057c076522p+2, -0x1.8d48eeaeef56bp+2,  0x1.765142b89c795p+1,  -0x1.1b8db4dedb290p+4,
    0x1.29b4328a3d1c4p+4,  -0x1.2c62d1a53e30fp+5,  0x1.542aee29d7983p+5,  -0x1.0608ecd52e49cp+6,
    0x1.2a04bf82fc54cp+6,  -0x1.9605915819a70p+6,  0x1.c9e58e0ac1c03p+6,  -0x1.22d443a70a948p+7,
    0x1.45f1c9658a297p+7,  -0x1.8d8cac003ca25p+7,  0x1.a9873f7316fbfp+7,  -0x1.e8ecb728c980ap+7,
    0x1.48c67d77fa171p+8,  -0x1.9eb7efb0a47abp+8,  0x1.e4106e2ac04aep+6,  -0x1.27ca53aee3954p+4,
    0x1.0b55548a50034p+10, -0x1.55bdf6aa65ff4p+10,
};

/* x (lgamma(x) - (x - 1/2) log(x) + x - log(2 pi)/2), error of lgamma, in u = 1/x^2, x >= 3
 * on [0.0, 0.111111]; log2 error -55.37, rounded -55.37 */
static const double vm_lgamma_far[10] = {
    0x1.55555555554f1p-4,  -0x1.6c16c169f15a7p-9,  0x1.a019faac3acf0p-11, -0x1.3810e59a55abbp-11,
    0x1.b8c5c6c467035p-11, -0x1.ed8e97034dc07p-10, 0x1.71ee47c16f6a3p-8,  -0x1.231ee72dead06p-6,
    0x1.64b59aae9cccap-5,  -0x1.c385b3236da50p-5,
};

/* x^2 (log(x) - 1/(2x) - digamma(x)), error of digamma, in u = 1/x^2, x >= 3
 * on [0.0, 0.111111]; log2 error -56.94, rounded -56.94 */
static const double vm_digamma_far[11] = {
    0x1.55555555551c6p-4, -0x1.1111110d34b60p-7, 0x1.04103b293bc77p-8, -0x1.110ed454ba2b1p-8,
    0x1.effab9eeb2361p-8, -0x1.54db13490dec1p-6, 0x1.36ef1f63a14c9p-4, -0x1.38999f845f01dp-2,
    0x1.15398d40677a8p+0, -0x1.571599864ae03p+1, 0x1.9fe51930c59fap+1,
};

/* x^3 (trigamma(x) - 1/x - 1/(2x^2)), error relative to trigamma, in u = 1/x^2, x >= 3
 * on [0.0, 0.111111]; log2 error -55.46, rounded -54.49 */
static const double vm_trigamma_far[12] = {
    0x1.5555555554f7ep-3, -0x1.1111110d54b14p-5, 0x1.86185ad23ac08p-6, -0x1.110f8b1e3115ep-5,
    0x1.3618caa9c325ap-4, -0x1.00dad8f15d386p-2, 0x1.185127ddec8c6p+0, -0x1.5c6dcec5a77a6p+2,
    0x1.9b931e3ffa2d8p+4, -0x1.8272eefa7a8b4p+6, 0x1.de2790dd8ba0fp+7, -0x1.19e0e25691e95p+8,
};

/* -x^4 (tetragamma(x) + 1/x^2 + 1/x^3), error relative to tetragamma, in u = 1/x^2, x >= 3
 * on [0.0, 0.111111]; log2 error -56.06, rounded -56.06 */
static const double vm_tetragamma_far[14] = {
    0x1.ffffffffffd6bp-2,  -0x1.555555543a73bp-3,  0x1.555554006fcc6p-3,  -0x1.3332ca7eac322p-2,
    0x1.aa97584509286p-1,  -0x1.a400ee39f618ap+1,  0x1.118a8b5e90592p+4,  -0x1.adedd6a3f4afcp+6,
    0x1.664a2d1301d1fp+9,  -0x1.138e85de9616ap+12, 0x1.5a1169c5c5692p+14, -0x1.3ce76fa41581cp+16,
    0x1.6eb25ef35a372p+17, -0x1.8d4313fc6f344p+17,
};

/* log(exp(-x) I0(x))/x in x, relative
 * on [0.0, 16.0]; log2 error -57.61; numerator, denominator */
static const double vm_log_i0e_num[16] = {
    -0x1.0000000000000p+0,  -0x1.3076a24e96e16p-2,  -0x1.b9553283e5afep-2,  -0x1.ae1c89821cfa9p-4,
    -0x1.0ed5252471fc6p-4,  -0x1.a2f9d8a966d62p-7,  -0x1.2108c07943dc1p-8,  -0x1.581a5517e785ap-11,
    -0x1.11dff20f2fe29p-13, -0x1.e7aad77f366a6p-17, -0x1.e1f7092e2a8ebp-20, -0x1.0baeb28feb71cp-23,
    -0x1.7413fe1c4229dp-27, -0x1.57b46f259147dp-32, -0x1.2a457dbeb9edcp-39, -0x1.430cee0fdb296p-51,
};
static const double vm_log_i0e_den[16] = {
    0x1.0000000000000p+0,  0x1.183b51274b700p-1,  0x1.22b96d8bc5d0fp-1,  0x1.d9c7b24ccca16p-3,
    0x1.d8b1942675feap-4,  0x1.1aa1c863537c9p-5,  0x1.53d7455b3ff48p-7,  0x1.2165b07b7bddep-9,
    0x1.bb2aa90484ef2p-12, 0x1.057fa20003300p-14, 0x1.0a373cfd6ee56p-17, 0x1.a726a98fcee32p-21,
    0x1.02bc970179f22p-24, 0x1.2b6a128f3b843p-28, 0x1.b5dc8588cc9e9p-34, 0x1.287fc540c1a89p-41,
};

/* I1(x)/I0(x) - 1 in x, relative
 * on [0.0, 16.0]; log2 error -55.55; numerator, denominator */
static const double vm_bessel_ratio_m1_num[14] = {
    -0x1.0000000000000p+0,  0x1.1816ec47d7dc2p-2,   -0x1.29e40cf2328ccp-3,  0x1.971a3f92419dfp-7,
    -0x1.26b72db80f82bp-8,  0x1.0dd3e8cf886d8p-15,  -0x1.d9a676719e4acp-15, -0x1.37a8e536b2dc1p-19,
    -0x1.aad60b5ec10c1p-22, -0x1.8a9d77b7af996p-26, -0x1.b300986485e26p-30, -0x1.2e6fa478f7d8dp-34,
    -0x1.44d12db76f9c0p-39, 0x1.0330103d063eap-54,
};
static const double vm_bessel_ratio_m1_den[14] = {
    0x1.0000000000000p+0,  0x1.cfd22770504e5p-3,  0x1.08e690552d057p-2,  0x1.bdd3b1703eaecp-5,
    0x1.1f986924f5c3ap-6,  0x1.884b27bace73bp-9,  0x1.0bbd03e7945fdp-11, 0x1.1042df75854f8p-14,
    0x1.e4709dd623cdap-18, 0x1.5fdfac22ddf61p-21, 0x1.a99405596a4eep-25, 0x1.9eace5f0e3c20p-29,
    0x1.30470163a8f5cp-33, 0x1.4347e0f089685p-38,
};

/* the derivative of I1(x)/I0(x) in x, relative
 * on [0.0, 16.0]; log2 error -54.71; numerator, denominator */
static const double vm_bessel_ratio_slope_num[16] = {
    0x1.0000000000000p-1,   0x1.73c72f84fc033p-2,  -0x1.f2ab3e331f85dp-6,  0x1.18abec1bec0c2p-5,
    -0x1.1c6f0f36f529bp-9,  0x1.38352a0a0ef44p-9,  -0x1.168cf598c59d8p-12, 0x1.7202d803352eap-14,
    -0x1.0c32eee2c5962p-17, 0x1.9bd1c6160cf21p-20, -0x1.c1883dcf9aceap-24, 0x1.b790d3ea002f4p-27,
    -0x1.144d9c73eb59dp-31, 0x1.354a5619dd5f1p-35, -0x1.c73eea215da92p-51, 0x1.1a75cf03042b4p-58,
};
static const double vm_bessel_ratio_slope_den[16] = {
    0x1.0000000000000p+0,   0x1.73c72f84fc07cp-1,  0x1.41aa98399aa66p-2,   0x1.5d005eaace113p-2,
    0x1.307245abe06a1p-7,   0x1.d266722aad9ddp-5,  -0x1.34428ece17d99p-8,  0x1.14e00a6bbac49p-8,
    -0x1.cdd7a2e9e38b9p-12, 0x1.4a78dbd32a42dp-13, -0x1.f4ca327a734b1p-17, 0x1.90a36c82180a5p-19,
    -0x1.c8e644049a52dp-23, 0x1.b9f6bfb307765p-26, -0x1.1b9f8b49e32c6p-30, 0x1.34a2ea95ede79p-34,
};

/* x (log(exp(-x) I0(x)) + log(2 pi x)/2) in u = 1/x, x >= 16
 * on [0.0, 0.0625]; log2 error -59.4, rounded -59.4 */
static const double vm_log_i0e_far[13] = {
    0x1.00000000000bap-3,  0x1.ffffffff1cfdcp-5,   0x1.0aaaab6bfe6a5p-4,  0x1.9fff5aa57c24bp-4,
    0x1.ad5cb928aba02p-3,  0x1.0f568d800d0eep-1,   0x1.fec7331e9e81ep+0,  -0x1.e91f8e14ce38ap+2,
    0x1.74c3ef4ea770ap+8,  -0x1.7aad96c6b58bfp+12, 0x1.17479ad197819p+16, -0x1.d5b0c600d61c0p+18,
    0x1.7535a6b1e5df3p+20,
};

/* x (I1(x)/I0(x) - 1), relative, in u = 1/x, x >= 16
 * on [0.0, 0.0625]; log2 error -55.17, rounded -50.89 */
static const double vm_bessel_ratio_m1_far[14] = {
    -0x1.0000000000000p-1, -0x1.0000000000749p-3,  -0x1.fffffffb63744p-4, -0x1.9000039b7395dp-3,
    -0x1.9ffea33ddbd56p-2, -0x1.0c66d888b5ca4p+0,  -0x1.9648cbfcd9a8fp+1, -0x1.babe8de7d36c0p+3,
    0x1.63be47d5855f1p+5,  -0x1.54e87cfc0c5f1p+11, 0x1.7485cd937a050p+15, -0x1.3470969d92d36p+19,
    0x1.222018136b370p+22, -0x1.03c863cfa76f1p+24,
};

/* x^2 times the derivative of I1(x)/I0(x), relative, in u = 1/x, x >= 16
 * on [0.0, 0.0625]; log2 error -54.33, rounded -54.26 */
static const double vm_bessel_ratio_slope_far[17] = {
    0x1.0000000000000p-1,   0x1.0000000000957p-2,  0x1.7ffffffbcbe80p-2,   0x1.9000054f67655p-1,
    0x1.03fe4cbf26483p+1,   0x1.9305f81e6d8c4p+2,  0x1.53e585c78d04ep+4,   0x1.9894f0a49d80ap+7,
    -0x1.9b64782dbd2a8p+12, 0x1.36cee6566288cp+18, -0x1.3f02f191497c1p+23, 0x1.e3fe6fd29f5d4p+27,
    -0x1.0918d78ed7622p+32, 0x1.98b29a8bbebc0p+35, -0x1.a38efd5166e56p+38, 0x1.0107c3ae8d700p+41,
    -0x1.1aecceab82521p+42,
};

#endif
