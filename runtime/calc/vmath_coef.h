/* Coefficients of the elementwise functions. Written by vmath_coef.py; that file says how.
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
 * on [-0.346608, 0.346608]; log2 error -56.85, rounded -55.82 */
static const double vm_exp[10] = {
    0x1.0000000000009p-1,
    0x1.55555555553aap-3,
    0x1.5555555550871p-5,
    0x1.1111111145355p-7,
    0x1.6c16c1856aafbp-10,
    0x1.a01a016aafeb3p-13,
    0x1.a01993c81ddc0p-16,
    0x1.71dd0c786443ap-19,
    0x1.28b543f6ac5fap-22,
    0x1.b2c7502513ccdp-26,
};

/* (2s - log((1 + s)/(1 - s)))/s^3 in z = s^2, error relative to the logarithm
 * on [0.0, 0.0294667]; log2 error -59.48, rounded -59.48 */
static const double vm_log[7] = {
    -0x1.5555555555593p-1,
    -0x1.999999997fa87p-2,
    -0x1.249249421dcdfp-2,
    -0x1.c71c51e461bd2p-3,
    -0x1.746646bcbf4fbp-3,
    -0x1.39a0e93fa6f8cp-3,
    -0x1.2f0df2af6b652p-3,
};

/* the same on the interval that log(1 + u) needs for u in [0, 1]
 * on [0.0, 0.111111]; log2 error -59.39, rounded -59.38 */
static const double vm_log_unit[10] = {
    -0x1.5555555555535p-1,
    -0x1.99999999a0787p-2,
    -0x1.249249208a08bp-2,
    -0x1.c71c741daaa71p-3,
    -0x1.745cb3d5a4c85p-3,
    -0x1.3b1ddec9158f9p-3,
    -0x1.10679cd92b58fp-3,
    -0x1.efda870c78407p-4,
    -0x1.55a879a753845p-4,
    -0x1.5c7fc1cb646dbp-3,
};

/* 2/3 as a sum of 2 doubles */
static const double vm_two_thirds[2] = {
    0x1.5555555555555p-1,
    0x1.5555555555555p-55,
};

/* its terms after 2/3: for the logarithm in two doubles
 * on [0.0, 0.0294667]; log2 error -73.54, rounded -73.46 */
static const double vm_log_far[8] = {
    0x1.9999999999996p-2,
    0x1.2492492492f56p-2,
    0x1.c71c71c595927p-3,
    0x1.745d1829f1e1ap-3,
    0x1.3b1364993b0e8p-3,
    0x1.1120772952752p-3,
    0x1.de3c146e73d8dp-4,
    0x1.ead1b29df83b3p-4,
};

/* (sinh(x) - x)/x^3 in z = x^2, error relative to sinh(x)
 * on [0.0, 1.0]; log2 error -62.32, rounded -61.72 */
static const double vm_sinh[7] = {
    0x1.5555555555556p-3,
    0x1.1111111111020p-7,
    0x1.a01a01a036c65p-13,
    0x1.71de3a3b6a324p-19,
    0x1.ae646f9a13846p-26,
    0x1.61171a95fc575p-33,
    0x1.b5bcc83242956p-41,
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
    -0x1.5555555555549p-3,
    0x1.111111110f89dp-7,
    -0x1.a01a019c14239p-13,
    0x1.71de3578e1776p-19,
    -0x1.ae5e668fecc65p-26,
    0x1.5d92f904cc4c0p-33,
};

/* (cos(r) - 1 + r^2/2)/r^4 in z = r^2
 * on [0.0, 0.617467]; log2 error -64.21, rounded -64.17 */
static const double vm_cos[6] = {
    0x1.555555555554cp-5,
    -0x1.6c16c16c15217p-10,
    0x1.a01a019cbe0acp-16,
    -0x1.27e4f8116de2ep-22,
    0x1.1ee9f0470b079p-29,
    -0x1.8fb0932d1afdfp-37,
};

/* (atan(x) - x)/x^3 in z = x^2, error relative to atan(x)
 * on [0.0, 1.0]; log2 error -57.74, rounded -54.53 */
static const double vm_atan[20] = {
    -0x1.555555555552ap-2,
    0x1.999999999468ap-3,
    -0x1.249249231ec58p-3,
    0x1.c71c71633cf0ap-4,
    -0x1.745d0f64ead28p-4,
    0x1.3b13493cc96b7p-4,
    -0x1.110d516755162p-4,
    0x1.e1af3e9823786p-5,
    -0x1.ae25b26f22ec0p-5,
    0x1.82173f12c67cfp-5,
    -0x1.57a0a5806d786p-5,
    0x1.2817a4746b167p-5,
    -0x1.dd237b9d98ecfp-6,
    0x1.58b5038eb9d73p-6,
    -0x1.aae53e5cbbdcdp-7,
    0x1.b01daaf674af8p-8,
    -0x1.5296960abe8cdp-9,
    0x1.7dbd1f3fc722ep-11,
    -0x1.11d41312c78c1p-13,
    0x1.75e743f129111p-17,
};

/* (asin(x) - x)/x^3 in z = x^2, error relative to asin(x)
 * on [0.0, 0.2501]; log2 error -55.85, rounded -55.86 */
static const double vm_asin[12] = {
    0x1.5555555555385p-3,
    0x1.333333336fc94p-4,
    0x1.6db6db41a67eap-5,
    0x1.f1c72c7ce8a97p-6,
    0x1.6e89edef88b1ep-6,
    0x1.1c6c4001fe429p-6,
    0x1.c6f68c5292b7ep-7,
    0x1.8ef1d2fae1bc2p-7,
    0x1.aa3e7318d1d51p-8,
    0x1.41042468aa52fp-6,
    -0x1.0b78ecf0b2551p-6,
    0x1.05fc96a513922p-5,
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
 * on [-1.0, 1.0]; log2 error -56.37, rounded -53.28 */
static const double vm_tail[24] = {
    0x1.d43372dd1ca78p-2,
    -0x1.69d624ce86455p-4,
    0x1.2870a53b3f32fp-5,
    0x1.2253e8f11e2bep-9,
    -0x1.5ed74b0a0ce2bp-6,
    0x1.8e36e348d6b5cp-6,
    -0x1.2aae05492425bp-6,
    0x1.4ef00014e4226p-7,
    -0x1.16af72fd2d741p-8,
    0x1.2fbff24ddac4dp-10,
    -0x1.55b67ce48ac4fp-14,
    -0x1.7bd5e3894d18ep-14,
    0x1.45f737a88a234p-15,
    -0x1.03ceb2b64da3ap-21,
    -0x1.3ae1a9484a9a1p-18,
    0x1.1beed3461b6d6p-20,
    0x1.de17a5c58af8ep-22,
    -0x1.c8e478ca0c1e4p-23,
    -0x1.4c9f60a68ce07p-25,
    0x1.1fef390795453p-25,
    0x1.afacedc0ab49bp-29,
    -0x1.2335a2380babap-28,
    -0x1.99008fe84f0cdp-33,
    0x1.52ddc92bb4263p-32,
};

/* erf(x)/x - 1 in z = x^2, error relative to erf(x)
 * on [0.0, 1.0]; log2 error -62.74, rounded -56.27 */
static const double vm_erf[13] = {
    0x1.06eba8214db69p-3,
    -0x1.812746b037a25p-2,
    0x1.ce2f21a0458cep-4,
    -0x1.b82ce31354871p-6,
    0x1.565bcd2c590dep-8,
    -0x1.c02db9327ae86p-11,
    0x1.f9a3b98028263p-14,
    -0x1.f4dcfb7fc3190p-17,
    0x1.ba6a03561c5a5p-20,
    -0x1.639cd02b822b8p-23,
    0x1.1379ae73d09bcp-26,
    -0x1.c77e15e0d7a5dp-30,
    0x1.40394e0cc4628p-33,
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
 * on [-0.333333, 0.333333]; log2 error -56.8, rounded -54.61 */
static const double vm_lgamma[21] = {
    0x1.eeb95b094c191p-2,
    -0x1.c0638869c10ccp-2,
    0x1.06ce2b0811f26p-3,
    -0x1.34d888b7a2de8p-3,
    0x1.5d6973203ebf5p-4,
    -0x1.7dca512847a10p-4,
    0x1.0570a2de609d6p-4,
    -0x1.1547412c7756ap-4,
    0x1.a119f40861ddfp-5,
    -0x1.b3c51a6ad4815p-5,
    0x1.5ac1bfe2dace9p-5,
    -0x1.670e4ef0f47e2p-5,
    0x1.285347ed0bd98p-5,
    -0x1.30cebcfe6d593p-5,
    0x1.06e0f64d17a4ap-5,
    -0x1.0f99377f43a43p-5,
    0x1.96e9eac8ced38p-6,
    -0x1.834ced64b8647p-6,
    0x1.30c69816cb167p-5,
    -0x1.6b547d560512ep-5,
    0x1.495a3c99d905cp-7,
};

/* x digamma(x)/(x - its zero) in t = (x - 1)/(x + 3), x in [0, 3], relative
 * on [-0.333333, 0.333333]; log2 error -58.68, rounded -55.88 */
static const double vm_digamma[23] = {
    0x1.4018e9a62525ep+0,
    0x1.952eea190225ep+0,
    -0x1.b0fb8322841b8p-5,
    0x1.7a522b88436f8p-1,
    -0x1.7775c1b8d43fbp-3,
    0x1.31fa2d4a0636bp-1,
    -0x1.fe1f440747048p-3,
    0x1.160ea4c151362p-1,
    -0x1.252f54423598ep-2,
    0x1.06dd5ca4f9bc6p-1,
    -0x1.3cf0e5b904880p-2,
    0x1.fa4a38e269898p-2,
    -0x1.4cdd71d182be9p-2,
    0x1.ecd68095492b6p-2,
    -0x1.5b17215ac8a3dp-2,
    0x1.e0e0c59fd16e1p-2,
    -0x1.461364a58d3c9p-2,
    0x1.ee61529c83b4dp-2,
    -0x1.11bf39ce6016cp-1,
    0x1.59cd5bd8fef69p-2,
    0x1.7bb14a52db949p-2,
    0x1.b772601e4637dp-1,
    -0x1.b6e9ab7fae9f9p+0,
};

/* x^2 trigamma(x) in t = (x - 1)/(x + 3), x in [0, 3], relative
 * on [-0.333333, 0.333333]; log2 error -58.63, rounded -54.51 */
static const double vm_trigamma[25] = {
    0x1.a51a6625307d3p+0,
    0x1.c5819758c06cdp+1,
    0x1.386fff66fe45ep+2,
    0x1.420bdd8d5bf29p+1,
    0x1.8f6920e55d90bp+2,
    0x1.c7ecd66126910p-1,
    0x1.017be2377b932p+3,
    -0x1.04c96b44a5048p+0,
    0x1.403be8c581f4ap+3,
    -0x1.805ba79a1c8c3p+1,
    0x1.8008e3d6ab6dap+3,
    -0x1.400872e0e9a19p+2,
    0x1.bff8a626611e0p+3,
    -0x1.bfce97b3b5d28p+2,
    0x1.005c904c298c1p+4,
    -0x1.219ad75d05c8ep+3,
    0x1.1acee8436833dp+4,
    -0x1.4e9bf87ae1f35p+3,
    0x1.70da94544fdbbp+4,
    -0x1.0cf0cb255909ep+4,
    0x1.02376368eea8ap+2,
    0x1.23bb8de60239cp+0,
    0x1.4b89d0537ff62p+6,
    -0x1.9f623b77d9778p+5,
    -0x1.8923c8209fb6ap+5,
};

/* x^3 tetragamma(x) in t = (x - 1)/(x + 3), x in [0, 3], relative
 * on [-0.333333, 0.333333]; log2 error -57.04, rounded -53.36 */
static const double vm_tetragamma[26] = {
    -0x1.33ba004f00621p+1,
    -0x1.6fd2639e22611p+1,
    -0x1.69bc25134399fp+2,
    -0x1.2b83ab30df960p+1,
    -0x1.231057c05b49cp+2,
    -0x1.8d48eeab28c1bp+2,
    0x1.76514294aeaacp+1,
    -0x1.1b8db55aaec9ep+4,
    0x1.29b4341449c84p+4,
    -0x1.2c62bfed1425bp+5,
    0x1.542ac66093773p+5,
    -0x1.060a7d3b997cdp+6,
    0x1.2a074aaecd381p+6,
    -0x1.95d7792fc1b3dp+6,
    0x1.c9aecc3689d69p+6,
    -0x1.249c16d25609bp+7,
    0x1.477aa3ff5d70cp+7,
    -0x1.75bae1dbeb57dp+7,
    0x1.9afe7e37a05a7p+7,
    -0x1.5ec92ea79802dp+8,
    0x1.7465e5eba363dp+8,
    0x1.80054370a7886p+7,
    -0x1.d56511778a6f1p+4,
    -0x1.f8f5c2bb2dc5fp+10,
    0x1.43fd80e0d7b8ap+10,
    0x1.7feeb65c9c0b2p+10,
};

/* x (lgamma(x) - (x - 1/2) log(x) + x - log(2 pi)/2), error of lgamma, in u = 1/x^2, x >= 3
 * on [0.0, 0.111111]; log2 error -55.37, rounded -55.37 */
static const double vm_lgamma_far[10] = {
    0x1.55555555554f1p-4,
    -0x1.6c16c169f15a7p-9,
    0x1.a019faac3acf0p-11,
    -0x1.3810e59a55abbp-11,
    0x1.b8c5c6c467035p-11,
    -0x1.ed8e97034dc07p-10,
    0x1.71ee47c16f6a3p-8,
    -0x1.231ee72dead06p-6,
    0x1.64b59aae9cccap-5,
    -0x1.c385b3236da50p-5,
};

/* x^2 (log(x) - 1/(2x) - digamma(x)), error of digamma, in u = 1/x^2, x >= 3
 * on [0.0, 0.111111]; log2 error -56.94, rounded -56.94 */
static const double vm_digamma_far[11] = {
    0x1.55555555551c6p-4,
    -0x1.1111110d34b60p-7,
    0x1.04103b293bc77p-8,
    -0x1.110ed454ba2b1p-8,
    0x1.effab9eeb2361p-8,
    -0x1.54db13490dec1p-6,
    0x1.36ef1f63a14c9p-4,
    -0x1.38999f845f01dp-2,
    0x1.15398d40677a8p+0,
    -0x1.571599864ae03p+1,
    0x1.9fe51930c59fap+1,
};

/* x^3 (trigamma(x) - 1/x - 1/(2x^2)), error relative to trigamma, in u = 1/x^2, x >= 3
 * on [0.0, 0.111111]; log2 error -55.46, rounded -54.49 */
static const double vm_trigamma_far[12] = {
    0x1.5555555554f7ep-3,
    -0x1.1111110d54b14p-5,
    0x1.86185ad23ac08p-6,
    -0x1.110f8b1e3115ep-5,
    0x1.3618caa9c325ap-4,
    -0x1.00dad8f15d386p-2,
    0x1.185127ddec8c6p+0,
    -0x1.5c6dcec5a77a6p+2,
    0x1.9b931e3ffa2d8p+4,
    -0x1.8272eefa7a8b4p+6,
    0x1.de2790dd8ba0fp+7,
    -0x1.19e0e25691e95p+8,
};

/* -x^4 (tetragamma(x) + 1/x^2 + 1/x^3), error relative to tetragamma, in u = 1/x^2, x >= 3
 * on [0.0, 0.111111]; log2 error -56.06, rounded -56.06 */
static const double vm_tetragamma_far[14] = {
    0x1.ffffffffffd6bp-2,
    -0x1.555555543a73bp-3,
    0x1.555554006fcc6p-3,
    -0x1.3332ca7eac322p-2,
    0x1.aa97584509286p-1,
    -0x1.a400ee39f618ap+1,
    0x1.118a8b5e90592p+4,
    -0x1.adedd6a3f4afcp+6,
    0x1.664a2d1301d1fp+9,
    -0x1.138e85de9616ap+12,
    0x1.5a1169c5c5692p+14,
    -0x1.3ce76fa41581cp+16,
    0x1.6eb25ef35a372p+17,
    -0x1.8d4313fc6f344p+17,
};

#endif
