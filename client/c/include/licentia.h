/* Licentia: the license of an installed product, for C and whatever can call C.
 *
 * Made from src/lib.rs by the test `the_header_is_that_of_the_library`; do not edit it.
 *
 * Every call returns LICENTIA_OK or another code below, and writes its answer to *answer: JSON in
 * UTF-8 with a NUL at its end, of the result or {"error": {"code": …, "text": …}}. Every answer is
 * freed, once, with licentia_string_free; those of errors too.
 *
 * Strings that come in are UTF-8 with a NUL at their end; they stay the caller's, and are not kept.
 * A pointer that is NULL is refused with LICENTIA_NULL_POINTER, and a string that is not UTF-8 with
 * LICENTIA_NOT_UTF8. Where `answer` itself is NULL, nothing is done.
 *
 * Threads: several may use one installation at once, and several processes one directory. What
 * calls the server waits for it, for minutes if need be: make such calls on a thread of their own.
 * licentia_close comes after the last of them; nothing may be freed or closed twice.
 */

#ifndef LICENTIA_H
#define LICENTIA_H

#include <stdint.h>

// Done.
#define LICENTIA_OK 0

// Refused, or it failed; the answer's `error` says why: its `code` is a stable word for programs,
// its `text` a sentence for people.
#define LICENTIA_REFUSED 1

// A pointer was NULL; nothing was done.
#define LICENTIA_NULL_POINTER 2

// A string was not UTF-8; nothing was done.
#define LICENTIA_NOT_UTF8 3

// A fault of the library; please report it.
#define LICENTIA_PANIC 4

// An installation in its directory. Made by `licentia_open` and `licentia_create`, ended by
// `licentia_close`.
typedef struct LicentiaInstallation LicentiaInstallation;

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

// The version of the library. It is not freed.
const char *licentia_version(void);

// Frees an answer; nothing for NULL. Each answer is freed once.
void licentia_string_free(char *answer);

// Opens the installation in a directory. `language` is that of texts: "ru" or "en". The answer is
// `{"installation": …}`, its thumbprint; `*installation` is NULL unless 0 is returned.
int licentia_open(const char *directory,
                  const char *language,
                  struct LicentiaInstallation **installation,
                  char **answer);

// As `licentia_open`; where there is no installation, the directory and a key are made.
int licentia_create(const char *directory,
                    const char *language,
                    struct LicentiaInstallation **installation,
                    char **answer);

// Ends the use of an installation; nothing for NULL. What it keeps in its directory stays.
void licentia_close(struct LicentiaInstallation *installation);

// Binds the installation to the customer whose activation key this is; calls the server. `roots`
// is the text of roots.json. It takes over nobody's place: a move is for
// `licentia-client activate --move`. The answer is that of `licentia_show`.
int licentia_activate(const struct LicentiaInstallation *installation,
                      const char *server,
                      const char *roots,
                      const char *activation_key,
                      const char *name,
                      const char *product_version,
                      char **answer);

// Fetches the current license; calls the server. The answer is that of `licentia_show`, and
// `changed`.
int licentia_update(const struct LicentiaInstallation *installation, char **answer);

// Asks for an emergency license of this many accounts (1 to 10); calls the server. The answer is
// that of `licentia_show`, and `granted`: false when one was active already.
int licentia_emergency(const struct LicentiaInstallation *installation,
                       int64_t accounts,
                       char **answer);

// Records how much is in use, and reports it; calls the server. When it was recorded and could
// not be reported, the error's code is "usage-not-reported".
int licentia_usage(const struct LicentiaInstallation *installation,
                   int64_t user_accounts,
                   int64_t emergency_accounts,
                   int64_t external_connections,
                   char **answer);

// Gives the installation's place back, and its license up; calls the server.
int licentia_release(const struct LicentiaInstallation *installation, char **answer);

// Takes in the text of a license, or of the answer to a release, that a person has carried here.
// The answer is that of `licentia_show` and `changed`, or `{"released": true}`.
int licentia_accept(const struct LicentiaInstallation *installation,
                    const char *license,
                    char **answer);

// The license held, verified anew, without a network: the JSON of `licentia-client show --json`.
int licentia_show(const struct LicentiaInstallation *installation, char **answer);

// What may be done now with so much in use, without a network: the JSON of
// `licentia-client check --json`, without `support_covers`. Its `good` says whether the use is
// within the license.
int licentia_check(const struct LicentiaInstallation *installation,
                   int64_t user_accounts,
                   int64_t emergency_accounts,
                   int64_t external_connections,
                   char **answer);

// Whether the vendor of these roots issued this license, to whomever: the JSON of
// `licentia-client verify --json`.
int licentia_verify(const char *roots, const char *license, char **answer);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* LICENTIA_H */
