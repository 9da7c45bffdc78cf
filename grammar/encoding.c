#include "grammar/lexer.h"

#include <string.h>

size_t utf8_sequence(const char *text, size_t n)
{
    const unsigned char *s = (const unsigned char *)text;
    if (s[0] < 0x80)
        return 1;
    size_t need = s[0] < 0xC2 ? 0 : s[0] < 0xE0 ? 2 : s[0] < 0xF0 ? 3 : s[0] < 0xF5 ? 4 : 0;
    if (!need || need > n)
        return 0;
    for (size_t i = 1; i < need; i++)
        if ((s[i] & 0xC0) != 0x80)
            return 0;
    /* Overlong forms, surrogates, and what lies above U+10FFFF. */
    if ((s[0] == 0xE0 && s[1] < 0xA0) || (s[0] == 0xED && s[1] > 0x9F) ||
        (s[0] == 0xF0 && s[1] < 0x90) || (s[0] == 0xF4 && s[1] > 0x8F))
        return 0;
    return need;
}

static span bytes(const parser *p, size_t begin, size_t end)
{
    return (span){p->file, (uint32_t)begin, (uint32_t)end};
}

bool check_encoding(parser *p)
{
    diag_list *diags = p->c->diags;
    size_t n = (size_t)(p->limit - p->text);
    if (n >= 2 && (memcmp(p->text, "\xFF\xFE", 2) == 0 || memcmp(p->text, "\xFE\xFF", 2) == 0)) {
        diag *d = diag_report(diags, DIAG_BAD_ENCODING, bytes(p, 0, 2), "the text is UTF-16");
        diag_add_hint(diags, d, "save the file as UTF-8");
        return false;
    }
    bool line_reported = false, return_reported = false;
    for (size_t i = 0; i < n;) {
        size_t k = utf8_sequence(p->text + i, n - i);
        char c = p->text[i];
        if (c == 0) {
            diag_report(diags, DIAG_BAD_ENCODING, bytes(p, i, i + 1),
                        "the text contains a byte 0: this is no text file");
            return false;
        }
        if (c == '\n') {
            line_reported = false;
        } else if (c == '\r' && !return_reported && (i + 1 == n || p->text[i + 1] != '\n')) {
            diag *d = diag_report(diags, DIAG_BAD_CHARACTER, bytes(p, i, i + 1),
                                  "a carriage return without a line feed");
            diag_add_hint(diags, d, "save the file with line ends LF or CR LF");
            return_reported = true;
        } else if (!k && !line_reported) {
            diag *d = diag_report(diags, DIAG_BAD_ENCODING, bytes(p, i, i + 1),
                                  "the byte \\x%02X is not UTF-8", (unsigned char)c);
            diag_add_hint(diags, d, "save the file as UTF-8");
            line_reported = true;
        }
        i += k ? k : 1;
    }
    return true;
}

const char *lookalike(const char *s, size_t n)
{
    static const char *const table[][2] = {
        {"−", "-"},           {"–", "-"},           {"—", "-"},        {"‐", "-"},
        {"×", "*"},           {"·", "*"},           {"∗", "*"},        {"⋅", "*"},
        {"÷", "/"},           {"∕", "/"},           {"≤", "<="},       {"≥", ">="},
        {"≠", "!="},          {"∼", "~"},           {"～", "~"},       {"˜", "~"},
        {"（", "("},          {"）", ")"},          {"［", "["},       {"］", "]"},
        {"，", ","},          {"：", ":"},          {"＝", "="},       {"＋", "+"},
        {"｜", "|"},          {"；", ";"},          {"²", "^2"},       {"³", "^3"},
        {"∞", "inf"},         {"√", "sqrt(...)"},   {"∑", "sum(...)"}, {"“", "\""},
        {"”", "\""},          {"„", "\""},          {"‘", "\""},       {"’", "\""},
        {"\xE2\x80\x8B", ""}, {"\xEF\xBB\xBF", ""},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (strlen(table[i][0]) == n && memcmp(table[i][0], s, n) == 0)
            return table[i][1];
    return NULL;
}
