/* A product's view of its license: takes in the license that a person has brought, and asks what
 * may be done with so many accounts in use.
 *
 *   cc panel.c -I../include -L../../../target/debug -llicentia_client_c -o panel
 *   ./panel DIRECTORY LICENSE-FILE USER-ACCOUNTS
 */
#include "licentia.h"
#include <stdio.h>
#include <stdlib.h>

static int failures;

/* Prints what was answered, and frees it. */
static void tell(const char *what, int code, char *answer) {
    if (code != LICENTIA_OK) {
        failures++;
    }
    printf("%s: %d %s\n", what, code, answer ? answer : "");
    licentia_string_free(answer);
}

static char *read_file(const char *path) {
    static char text[65536];
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        perror(path);
        exit(2);
    }
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    fclose(file);
    return text;
}

int main(int argc, char **argv) {
    LicentiaInstallation *installation;
    char *answer;
    int code;

    if (argc != 4) {
        fprintf(stderr, "usage: panel DIRECTORY LICENSE-FILE USER-ACCOUNTS\n");
        return 2;
    }
    printf("licentia %s\n", licentia_version());
    code = licentia_open(argv[1], "en", &installation, &answer);
    tell("open", code, answer);
    if (code != LICENTIA_OK) {
        return 1;
    }
    code = licentia_accept(installation, read_file(argv[2]), &answer);
    tell("accept", code, answer);

    code = licentia_check(installation, atoi(argv[3]), 0, 0, &answer);
    tell("check", code, answer);

    licentia_close(installation);
    return failures > 0;
}
