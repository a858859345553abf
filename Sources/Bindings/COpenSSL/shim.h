// OpenSSL, the server's side: its settings are macros, and an error must be read before the next call.
#ifndef LUTHIER_COPENSSL_H
#define LUTHIER_COPENSSL_H

#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

// A key that asks for a passphrase is refused: the default asks at the terminal, and the server would hang.
static inline int copenssl_no_passphrase(char *buffer, int size, int writing, void *data) {
  (void)buffer; (void)size; (void)writing; (void)data;
  return 0;
}

// HTTP/1.1 where the client names it; one that names only others is served all the same, as one that names none.
static inline int copenssl_choose_protocol(
    SSL *session, const unsigned char **chosen, unsigned char *length, const unsigned char *offered,
    unsigned int count, void *data) {
  static const unsigned char ours[] = "\x08http/1.1";
  unsigned char *found;
  (void)session; (void)data;
  if (SSL_select_next_proto(&found, length, ours, sizeof ours - 1, offered, count) != OPENSSL_NPN_NEGOTIATED)
    return SSL_TLSEXT_ERR_NOACK;
  *chosen = found;
  return SSL_TLSEXT_ERR_OK;
}

static inline SSL_CTX *copenssl_server_context(void) {
  SSL_CTX *context = SSL_CTX_new(TLS_server_method());
  if (!context) return NULL;
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  // HTTP says itself where a message ends: a client that just closes is no error.
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_IGNORE_UNEXPECTED_EOF);
  // What waits to be sent moves when more is added to it; buffers of idle clients are given back.
  SSL_CTX_set_mode(
    context,
    SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_default_passwd_cb(context, copenssl_no_passphrase);
  SSL_CTX_set_alpn_select_cb(context, copenssl_choose_protocol, NULL);
  return context;
}

// 0, or where it failed: 1 the certificate, 2 the key, 3 the two do not belong together.
static inline int copenssl_use_files(SSL_CTX *context, const char *certificate, const char *key) {
  ERR_clear_error();
  if (SSL_CTX_use_certificate_chain_file(context, certificate) != 1) return 1;
  if (SSL_CTX_use_PrivateKey_file(context, key, SSL_FILETYPE_PEM) != 1) return 2;
  return SSL_CTX_check_private_key(context) == 1 ? 0 : 3;
}

static inline const char *copenssl_last_error(void) {
  const char *reason = ERR_reason_error_string(ERR_peek_last_error());
  return reason ? reason : "unknown error";
}

// As the system's calls say it: 0 at the end, -EAGAIN where it must wait, another -errno where it is over.
static inline long copenssl_outcome(SSL *session, int done) {
  if (done > 0) return done;
  switch (SSL_get_error(session, done)) {
    case SSL_ERROR_WANT_READ:
    case SSL_ERROR_WANT_WRITE: return -EAGAIN;
    case SSL_ERROR_ZERO_RETURN: return 0;
    default: ERR_clear_error(); return -ECONNRESET;
  }
}

static inline long copenssl_accept(SSL *session) {
  ERR_clear_error();
  return copenssl_outcome(session, SSL_accept(session));
}

static inline long copenssl_read(SSL *session, void *bytes, int count) {
  ERR_clear_error();
  return copenssl_outcome(session, SSL_read(session, bytes, count));
}

static inline long copenssl_write(SSL *session, const void *bytes, int count) {
  ERR_clear_error();
  return copenssl_outcome(session, SSL_write(session, bytes, count));
}

#endif
