/* The grammar of the language. The lexer has settled what depends on lines: every statement and
 * every clause ends with NEWLINE, keywords are tokens of their own, brackets are balanced. */

%require "3.8"
%define api.pure full
%define api.token.prefix {TOKEN_}
%define api.value.type {token_value}
%define api.location.type {span}
%define lr.type ielr
%define parse.lac full
%define parse.error custom
%locations
%expect 0
%param {parser *p}

%code requires {
#include "grammar/lexer.h"
}

%code {
#include "grammar/tree.h"

#include "grammar/syntax_error.h"

#define yylex(value, at, p) lexer_next(p, value, at)

/* The stack never grows: nesting is limited, and what exceeds it anyway is reported by yyerror.
 * (The look-ahead correction's own stack grows by empty rules only and stays in its array.) So
 * the parser allocates nothing that a jump out of it could leak. */
#define YYINITDEPTH 2000
#define YYMAXDEPTH 2000
#define YYMALLOC(size) NULL
#define YYFREE(p) ((void)(p))

#define YYLLOC_DEFAULT(out, rhs, n)                                                               \
    ((out) = (n) ? (span){YYRHSLOC(rhs, 1).file, YYRHSLOC(rhs, 1).begin, YYRHSLOC(rhs, n).end}    \
                 : (span){YYRHSLOC(rhs, 0).file, YYRHSLOC(rhs, 0).end, YYRHSLOC(rhs, 0).end})

static void yyerror(const span *at, parser *p, const char *message);
}

%token START_MODEL START_EXPRESSION
%token NEWLINE
%token DATA PARAM RANDOM CONST LET LINEAR LOGLIK LOGPRIOR WHERE WEIGHT SERIES CONSTRAIN FN DIST
%token REPORT ONCE
%token <word> NAME STRING
%token <number> NUMBER
%token DOT "."
%token ASSIGN "=" TILDE "~" COLON ":" COMMA "," BAR "|" BARS "||"
%token LPAREN "(" RPAREN ")" LBRACKET "[" RBRACKET "]" LBRACE "{" RBRACE "}"
%token OR "or" AND "and" NOT "not"
%token EQ "==" NE "!=" LT "<" LE "<=" GT ">" GE ">="
%token PLUS "+" MINUS "-" TIMES "*" DIVIDE "/" POWER "^"

%left OR
%left AND
%precedence NOT
%left PLUS MINUS
%left TIMES DIVIDE
%precedence SIGN
%right POWER

%type <stmt> statement function_head
%type <expr> expression comparison sum primary
%type <exprs> expressions
%type <call> arguments call_arguments
%type <argument> argument
%type <items> items
%type <item> item
%type <type> type optional_type
%type <formals> formals
%type <formal> formal
%type <clauses> clauses
%type <clause> clause
%type <formula> formula product interaction power atom

%%

start:
    START_MODEL statements
  | START_EXPRESSION expression NEWLINE { p->expression = $2; }
  | START_EXPRESSION error NEWLINE
  ;

statements:
    %empty
  | statements NEWLINE
  | statements statement NEWLINE { tree_add(p, $2); }
  | statements error NEWLINE { yyerrok; }
  ;

statement:
    DATA items optional_type { $$ = tree_declaration(p, STMT_DATA, @$, @1, $2, $3); }
  | PARAM items optional_type { $$ = tree_declaration(p, STMT_PARAM, @$, @1, $2, $3); }
  | RANDOM items optional_type { $$ = tree_declaration(p, STMT_RANDOM, @$, @1, $2, $3); }
  | CONST NAME "=" expression { $$ = tree_definition(p, STMT_CONST, @$, @1, $2, @2, $4); }
  | LET NAME "=" expression { $$ = tree_definition(p, STMT_LET, @$, @1, $2, @2, $4); }
  | REPORT NAME optional_type "=" expression
    { $$ = tree_definition(p, STMT_REPORT, @$, @1, $2, @2, $5); $$->type = $3; }
  | LINEAR NAME "=" formula { $$ = tree_linear(p, @$, @1, $2, @2, $4); }
  | LINEAR NAME "[" NAME "]" "=" formula
    { $$ = tree_linear(p, @$, @1, $2, @2, $7); $$->by = $4.text; $$->by_at = @4; }
  | expressions "~" expression { $$ = tree_tilde(p, @$, @2, $1, $3); }
  | LOGLIK expression { $$ = tree_value(p, STMT_LOGLIK, @$, @1, $2); }
  | LOGLIK ONCE expression { $$ = tree_value(p, STMT_LOGLIK, @$, @1, $3); $$->flag = true; }
  | LOGPRIOR expression { $$ = tree_value(p, STMT_LOGPRIOR, @$, @1, $2); }
  | WHERE expression { $$ = tree_value(p, STMT_WHERE, @$, @1, $2); }
  | WEIGHT expression { $$ = tree_weight(p, @$, @1, $2); }
  | CONSTRAIN expression { $$ = tree_constrain(p, @$, @1, $2); }
  | SERIES { $$ = tree_value(p, STMT_SERIES, @$, @1, NULL); }
  | SERIES expression { $$ = tree_value(p, STMT_SERIES, @$, @1, $2); }
  | SERIES expression NAME { $$ = tree_series_by(p, @$, @1, $2, $3, @3); }
  | SERIES expression NAME NAME
    {
        $$ = tree_series(p, @$, @1, $2, $3, @3);
        $$->by = $4.text;
        $$->by_at = @4;
    }
  | function_head "=" expression { $$ = $1; $$->at = @$; $$->value = $3; }
  | function_head "{" clauses "}" { $$ = tree_block(p, @$, $1, $3); }
  ;

function_head:
    FN NAME "(" ")" { $$ = tree_function(p, STMT_FN, @1, $2, @2, NULL, NULL); }
  | FN NAME "(" formals ")" { $$ = tree_function(p, STMT_FN, @1, $2, @2, $4, NULL); }
  | DIST NAME "(" formals ")" { $$ = tree_function(p, STMT_DIST, @1, $2, @2, $4, NULL); }
  | DIST NAME "(" formals "|" formals ")"
    { $$ = tree_function(p, STMT_DIST, @1, $2, @2, $4, $6); }
  ;

items:
    item { $$ = tree_items(p, NULL, $1); }
  | items "," item { $$ = tree_items(p, $1, $3); }
  ;

item:
    NAME { $$ = tree_item(p, $1, @1, NULL); }
  | NAME "=" expression { $$ = tree_item(p, $1, @1, $3); }
  ;

optional_type:
    %empty { $$ = NULL; }
  | ":" type { $$ = $2; }
  ;

type:
    NAME { $$ = tree_type(p, @$, $1, @1, NULL, NULL); }
  | NAME call_arguments { $$ = tree_type(p, @$, $1, @1, $2, NULL); }
  | NAME "[" expressions "]" { $$ = tree_type(p, @$, $1, @1, NULL, $3); }
  | NAME call_arguments "[" expressions "]" { $$ = tree_type(p, @$, $1, @1, $2, $4); }
  ;

formals:
    formal { $$ = tree_formals(p, NULL, $1); }
  | formals "," formal { $$ = tree_formals(p, $1, $3); }
  ;

formal: NAME optional_type { $$ = tree_formal(p, $1, @1, $2); } ;

clauses:
    %empty { $$ = NULL; }
  | clauses NEWLINE
  | clauses clause NEWLINE { $$ = tree_clauses(p, $1, $2); }
  | clauses error NEWLINE { yyerrok; $$ = $1; }
  ;

clause:
    NAME "=" expression { $$ = tree_clause(p, @$, $1, NULL, $3); }
  | NAME call_arguments "=" expression { $$ = tree_clause(p, @$, $1, $2, $4); }
  ;

/* ------------------------------------------------------------------ expressions */

/* Logic, comparisons and arithmetic are levels of their own: `a + not b` is none of them. */
expression:
    comparison
  | expression "or" expression { $$ = tree_binary(p, OPERATOR_OR, $1, $3); }
  | expression "and" expression { $$ = tree_binary(p, OPERATOR_AND, $1, $3); }
  | "not" expression { $$ = tree_unary(p, OPERATOR_NOT, $2, @$); }
  ;

/* A chain `a < b < c` is read here so that it gets a message of its own. */
comparison:
    sum
  | comparison "==" sum { $$ = tree_comparison(p, OPERATOR_EQ, $1, @2, $3); }
  | comparison "!=" sum { $$ = tree_comparison(p, OPERATOR_NE, $1, @2, $3); }
  | comparison "<" sum { $$ = tree_comparison(p, OPERATOR_LT, $1, @2, $3); }
  | comparison "<=" sum { $$ = tree_comparison(p, OPERATOR_LE, $1, @2, $3); }
  | comparison ">" sum { $$ = tree_comparison(p, OPERATOR_GT, $1, @2, $3); }
  | comparison ">=" sum { $$ = tree_comparison(p, OPERATOR_GE, $1, @2, $3); }
  ;

sum:
    primary
  | sum "+" sum { $$ = tree_binary(p, OPERATOR_ADD, $1, $3); }
  | sum "-" sum { $$ = tree_binary(p, OPERATOR_SUB, $1, $3); }
  | sum "*" sum { $$ = tree_binary(p, OPERATOR_MUL, $1, $3); }
  | sum "/" sum { $$ = tree_binary(p, OPERATOR_DIV, $1, $3); }
  | sum "^" sum { $$ = tree_binary(p, OPERATOR_POW, $1, $3); }
  | "-" sum %prec SIGN { $$ = tree_unary(p, OPERATOR_NEG, $2, @$); }
  | "+" sum %prec SIGN { $$ = tree_unary(p, OPERATOR_POS, $2, @$); }
  ;

primary:
    NUMBER { $$ = tree_number(p, $1, @$); }
  | STRING { $$ = tree_string(p, $1, @$); }
  | NAME { $$ = tree_name(p, $1, @$); }
  | NAME call_arguments { $$ = tree_call(p, @$, $1, @1, $2); }
  | "(" expression ")" { $$ = $2; $$->at = @$; $$->bracketed = true; }
  | "[" expressions "]" { $$ = tree_vector(p, @$, $2); }
  | primary "[" expressions "]" { $$ = tree_index(p, @$, $1, $3); }
  ;

expressions:
    expression { $$ = tree_expressions(p, NULL, $1); }
  | expressions "," expression { $$ = tree_expressions(p, $1, $3); }
  ;

call_arguments:
    "(" ")" { $$ = tree_arguments(p, NULL, NULL); }
  | "(" arguments ")" { $$ = $2; }
  | "(" arguments "|" expression ")" { $$ = $2; $$->given = $4; }
  ;

arguments:
    argument { $$ = tree_arguments(p, NULL, $1); }
  | arguments "," argument { $$ = tree_arguments(p, $1, $3); }
  ;

argument:
    expression { $$ = tree_argument(p, NULL, @1, $1); }
  | NAME "=" expression { $$ = tree_argument(p, $1.text, @1, $3); }
  ;

/* ------------------------------------------------------------------ formulas */

/* A sign binds like the sum it begins: `- x:z` removes the interaction. */
formula:
    product
  | "+" product { $$ = tree_formula(p, FORMULA_ADD, @$, NULL, $2); }
  | "-" product { $$ = tree_formula(p, FORMULA_SUB, @$, NULL, $2); }
  | formula "+" product { $$ = tree_formula(p, FORMULA_ADD, @$, $1, $3); }
  | formula "-" product { $$ = tree_formula(p, FORMULA_SUB, @$, $1, $3); }
  ;

product:
    interaction
  | product "*" interaction { $$ = tree_formula(p, FORMULA_CROSS, @$, $1, $3); }
  | product "/" interaction { $$ = tree_formula(p, FORMULA_NEST, @$, $1, $3); }
  ;

interaction:
    power
  | interaction ":" power { $$ = tree_formula(p, FORMULA_INTERACT, @$, $1, $3); }
  ;

power:
    atom
  | power "^" NUMBER
    {
        $$ = tree_formula(p, FORMULA_POWER, @$, $1, NULL);
        $$->term = tree_number(p, $3, @3);
    }
  ;

atom:
    NUMBER { $$ = tree_term(p, tree_number(p, $1, @$)); }
  | NAME { $$ = tree_term(p, tree_name(p, $1, @$)); }
  | NAME call_arguments { $$ = tree_term(p, tree_call(p, @$, $1, @1, $2)); }
  | NAME "[" expressions "]"
    { $$ = tree_term(p, tree_index(p, @$, tree_name(p, $1, @1), $3)); }
  | "." { $$ = tree_formula(p, FORMULA_DOT, @$, NULL, NULL); }
  | "(" formula ")" { $$ = $2; $$->at = @$; }
  | "(" formula "|" formula ")" { $$ = tree_formula(p, FORMULA_RANDOM, @$, $2, $4); }
  | "(" formula "||" formula ")" { $$ = tree_formula(p, FORMULA_RANDOM_DIAGONAL, @$, $2, $4); }
  ;

%%

/* Bison calls it when its stack is full, and for nothing else. */
static void yyerror(const span *at, parser *p, const char *message)
{
    tree_too_deep(p, *at);
}

static int yyreport_syntax_error(const yypcontext_t *context, parser *p)
{
    yysymbol_kind_t symbols[YYNTOKENS];
    int count = yypcontext_expected_tokens(context, symbols, YYNTOKENS);
    int tokens[YYNTOKENS], n = 0;
    for (int t = TOKEN_START_MODEL; t <= TOKEN_POWER; t++)
        for (int i = 0; i < count; i++)
            if (symbols[i] == YYTRANSLATE(t))
                tokens[n++] = t;
    report_syntax_error(p, tokens, n);
    return 0;
}
