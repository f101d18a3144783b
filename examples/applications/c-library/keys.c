/* Prints the words of a YAML document. */
#include <stdio.h>
#include <string.h>
#include <yaml.h>

int main(void) {
    const char *text = "pets: [cat, dog]\ncity: Rome\n";
    yaml_parser_t parser;
    yaml_token_t token;
    int is_end = 0;
    if (!yaml_parser_initialize(&parser)) return 1;
    yaml_parser_set_input_string(&parser, (const unsigned char *)text, strlen(text));
    while (!is_end) {
        if (!yaml_parser_scan(&parser, &token)) return 1;
        if (token.type == YAML_SCALAR_TOKEN) printf("%s\n", token.data.scalar.value);
        is_end = token.type == YAML_STREAM_END_TOKEN;
        yaml_token_delete(&token);
    }
    yaml_parser_delete(&parser);
    return 0;
}
