#include <histedit.h>
#include <stdio.h>

// stdin, stdout and stderr are variables: Swift takes no variable of C for safe.
static inline EditLine *luthier_edit_start(int shows_on_errors) {
  return el_init("luthier", stdin, shows_on_errors ? stderr : stdout, stderr);
}

// el_set, el_get and history take any number of arguments: Swift cannot call them.
static inline void luthier_edit_prompt(EditLine *line, char *(*prompt)(EditLine *)) {
  el_set(line, EL_PROMPT_ESC, prompt, '\1');
}
static inline void luthier_edit_emacs(EditLine *line) { el_set(line, EL_EDITOR, "emacs"); }
static inline void luthier_edit_owner(EditLine *line, void *owner) { el_set(line, EL_CLIENTDATA, owner); }
static inline void *luthier_edit_owner_of(EditLine *line) {
  void *owner = NULL;
  el_get(line, EL_CLIENTDATA, &owner);
  return owner;
}
static inline void luthier_edit_reader(EditLine *line, int (*reader)(EditLine *, wchar_t *)) {
  el_set(line, EL_GETCFN, reader);
}
static inline void luthier_edit_command(
    EditLine *line, const char *name, const char *help, unsigned char (*command)(EditLine *, int)) {
  el_set(line, EL_ADDFN, name, help, command);
}
static inline void luthier_edit_bind(EditLine *line, const char *key, const char *command) {
  el_set(line, EL_BIND, key, command, NULL);
}
static inline void luthier_edit_prepare(EditLine *line) { el_set(line, EL_PREP_TERM, 1); }
static inline void luthier_edit_refresh(EditLine *line) { el_set(line, EL_REFRESH); }
static inline void luthier_edit_history(EditLine *line, History *past) { el_set(line, EL_HIST, history, past); }
static inline void luthier_history_limit(History *past, int count) {
  HistEvent event;
  history(past, &event, H_SETSIZE, count);
  history(past, &event, H_SETUNIQUE, 1);
}
static inline void luthier_history_add(History *past, const char *text) {
  HistEvent event;
  history(past, &event, H_ENTER, text);
}
