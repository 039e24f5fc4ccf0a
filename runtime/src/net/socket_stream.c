#define _POSIX_C_SOURCE 200809L

#include "socket_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "tls_internal.h"

struct ew__stream {
  int fd; /* -1 after an abort */
  int cancel_fd;
  SSL *ssl; /* NULL: plain */
  SSL_CTX *context;
  BIO_METHOD *bio_method;
};

uint64_t ew__now_ms(void) {
  struct timespec now;
  (void)clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* -------------------------------------------------------------------------------------- waiting */

static int poll_timeout(uint64_t deadline) {
  if (deadline == EW_NEVER) {
    return -1;
  }
  uint64_t now = ew__now_ms();
  uint64_t left = deadline > now ? deadline - now : 0;
  return left > INT_MAX ? INT_MAX : (int)left;
}

static ew_err wait_for(const ew__stream *stream, short events, uint64_t deadline) {
  struct pollfd fds[2] = {{.fd = stream->fd, .events = events}, {.fd = stream->cancel_fd, .events = POLLIN}};
  for (;;) {
    int count = poll(fds, 2, poll_timeout(deadline));
    if (count < 0 && errno == EINTR) {
      continue;
    }
    if (count < 0 || fds[1].revents != 0) {
      return EW_ERR_CLOSED;
    }
    return count == 0 ? EW_ERR_TIMEOUT : EW_OK;
  }
}

/* ---------------------------------------------------------------------------- OpenSSL's way out */

/* OpenSSL's own socket BIO writes without MSG_NOSIGNAL: a peer that has gone would kill the process. */
static int bio_write(BIO *bio, const char *data, int size) {
  const ew__stream *stream = BIO_get_data(bio);
  BIO_clear_retry_flags(bio);
  ssize_t sent = send(stream->fd, data, (size_t)size, MSG_NOSIGNAL);
  if (sent < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)) {
    BIO_set_retry_write(bio);
  }
  return (int)sent;
}

static int bio_read(BIO *bio, char *data, int size) {
  const ew__stream *stream = BIO_get_data(bio);
  BIO_clear_retry_flags(bio);
  ssize_t got = recv(stream->fd, data, (size_t)size, 0);
  if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)) {
    BIO_set_retry_read(bio);
  }
  return (int)got;
}

static long bio_control(BIO *bio, int command, long number, void *pointer) {
  (void)bio;
  (void)number;
  (void)pointer;
  return command == BIO_CTRL_FLUSH ? 1 : 0;
}

static BIO *new_bio(ew__stream *stream) {
  stream->bio_method = BIO_meth_new(BIO_TYPE_SOURCE_SINK, "eventwire stream");
  if (stream->bio_method == NULL || BIO_meth_set_write(stream->bio_method, bio_write) != 1 ||
      BIO_meth_set_read(stream->bio_method, bio_read) != 1 ||
      BIO_meth_set_ctrl(stream->bio_method, bio_control) != 1) {
    return NULL;
  }
  BIO *bio = BIO_new(stream->bio_method);
  if (bio != NULL) {
    BIO_set_data(bio, stream);
    BIO_set_init(bio, 1);
  }
  return bio;
}

/* ----------------------------------------------------------------------------------- connecting */

static ew_err set_up_socket(int fd) {
  int on = 1;
  int flags = fcntl(fd, F_GETFL);
  if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) != 0 || fcntl(fd, F_SETFD, FD_CLOEXEC) != 0) {
    return EW_ERR_CONNECT;
  }
  (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  return EW_OK;
}

static ew_err await_connection(ew__stream *stream, uint64_t deadline, int *error) {
  socklen_t size = sizeof(*error);
  ew_err err = wait_for(stream, POLLOUT, deadline);
  if (err != EW_OK) {
    return err;
  }
  if (getsockopt(stream->fd, SOL_SOCKET, SO_ERROR, error, &size) != 0) {
    *error = errno;
  }
  return *error == 0 ? EW_OK : EW_ERR_CONNECT;
}

static ew_err connect_address(ew__stream *stream, const struct addrinfo *address, uint64_t deadline,
                              int *error) {
  stream->fd = socket(address->ai_family, address->ai_socktype, address->ai_protocol);
  if (stream->fd < 0 || set_up_socket(stream->fd) != EW_OK) {
    *error = errno;
    return EW_ERR_CONNECT;
  }
  if (connect(stream->fd, address->ai_addr, address->ai_addrlen) == 0) {
    return EW_OK;
  }
  *error = errno;
  if (errno != EINPROGRESS && errno != EINTR) {
    return EW_ERR_CONNECT;
  }
  *error = 0;
  return await_connection(stream, deadline, error);
}

static void close_socket(ew__stream *stream) {
  if (stream->fd >= 0) {
    (void)close(stream->fd);
    stream->fd = -1;
  }
}

unsigned ew__count_addresses(const struct addrinfo *address) {
  unsigned count = 0;
  for (; address != NULL; address = address->ai_next) {
    count++;
  }
  return count;
}

/* An address that never answers must not use up the time of the ones behind it. */
static uint64_t share_of(uint64_t deadline, unsigned addresses) {
  uint64_t now = ew__now_ms();
  return deadline == EW_NEVER || deadline <= now ? deadline : now + (deadline - now) / addresses;
}

static ew_err connect_any(ew__stream *stream, const struct addrinfo *list, const ew__url *url,
                          uint64_t deadline, ew__reason *why) {
  ew_err err = EW_ERR_CONNECT;
  int error = 0;
  for (const struct addrinfo *address = list; address != NULL; address = address->ai_next) {
    err = connect_address(stream, address, share_of(deadline, ew__count_addresses(address)), &error);
    if (err == EW_OK || err == EW_ERR_CLOSED) {
      break;
    }
    close_socket(stream);
  }
  if (err == EW_ERR_CONNECT) {
    return ew__fail(err, why, "%s (%s)", strerror(error), url->authority);
  }
  if (err == EW_ERR_TIMEOUT) {
    return ew__fail(err, why, "no connection in time (%s)", url->authority);
  }
  return err == EW_OK ? EW_OK : ew__fail(err, why, "interrupted");
}

static ew_err connect_tcp(ew__stream *stream, const ew__url *url, uint64_t deadline, ew__reason *why) {
  struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
  struct addrinfo *list = NULL;
  char port[8];
  (void)snprintf(port, sizeof(port), "%u", (unsigned)url->port);
  int fault = getaddrinfo(ew__lookup_name(url->host), port, &hints, &list);
  if (fault != 0) {
    return ew__fail(EW_ERR_CONNECT, why, "%s (%s)", gai_strerror(fault), url->host);
  }
  ew_err err = connect_any(stream, list, url, deadline, why);
  freeaddrinfo(list);
  return err;
}

/* EW_OK: try again. */
static ew_err await_tls(ew__stream *stream, int result, uint64_t deadline) {
  switch (SSL_get_error(stream->ssl, result)) {
  case SSL_ERROR_WANT_READ:
    return wait_for(stream, POLLIN, deadline);
  case SSL_ERROR_WANT_WRITE:
    return wait_for(stream, POLLOUT, deadline);
  default:
    return EW_ERR_CLOSED;
  }
}

static ew_err shake_hands(ew__stream *stream, uint64_t deadline, ew__reason *why) {
  for (;;) {
    ERR_clear_error();
    int result = SSL_connect(stream->ssl);
    if (result == 1) {
      return EW_OK;
    }
    int kind = SSL_get_error(stream->ssl, result);
    bool waiting = kind == SSL_ERROR_WANT_READ || kind == SSL_ERROR_WANT_WRITE;
    if (!waiting) {
      ew__tls_explain(stream->ssl, why);
      return EW_ERR_CONNECT;
    }
    ew_err err = await_tls(stream, result, deadline);
    if (err != EW_OK) {
      return ew__fail(err, why, err == EW_ERR_TIMEOUT ? "no TLS handshake in time" : "interrupted");
    }
  }
}

static ew_err start_tls(ew__stream *stream, const ew__url *url, const ew_tls_options *options,
                        uint64_t deadline, ew__reason *why) {
  ew_err err = ew__tls_context_new(&stream->context, options, url, why);
  if (err != EW_OK) {
    return err;
  }
  err = ew__tls_session_new(&stream->ssl, stream->context, url);
  BIO *bio = err == EW_OK ? new_bio(stream) : NULL;
  if (bio == NULL) {
    return ew__fail(EW_ERR_NOMEM, why, "out of memory");
  }
  SSL_set_bio(stream->ssl, bio, bio);
  return shake_hands(stream, deadline, why);
}

ew_err ew__stream_open(ew__stream **out, const ew__url *url, const ew_tls_options *tls,
                       int cancel_fd, uint64_t deadline, ew__reason *why) {
  ew__stream *stream = calloc(1, sizeof(*stream));
  if (stream == NULL) {
    return ew__fail(EW_ERR_NOMEM, why, "out of memory");
  }
  stream->fd = -1;
  stream->cancel_fd = cancel_fd;
  ew_err err = connect_tcp(stream, url, deadline, why);
  if (err == EW_OK && url->tls) {
    err = start_tls(stream, url, tls, deadline, why);
  }
  if (err != EW_OK) {
    close_socket(stream);
    ew__stream_free(stream);
    return err;
  }
  *out = stream;
  return EW_OK;
}

void ew__stream_free(ew__stream *stream) {
  if (stream == NULL) {
    return;
  }
  if (stream->ssl != NULL && stream->fd >= 0 && SSL_is_init_finished(stream->ssl)) {
    (void)SSL_shutdown(stream->ssl);
  }
  if (stream->context != NULL) {
    SSL_free(stream->ssl);
    SSL_CTX_free(stream->context);
    BIO_meth_free(stream->bio_method);
    ERR_clear_error();
  }
  close_socket(stream);
  free(stream);
}

void ew__stream_abort(ew__stream *stream) {
  struct linger at_once = {.l_onoff = 1, .l_linger = 0};
  if (stream->fd >= 0) {
    (void)setsockopt(stream->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
    close_socket(stream);
  }
}

/* -------------------------------------------------------------------------- reading and writing */

static ew_err read_plain(ew__stream *stream, char *data, size_t size, uint64_t deadline, size_t *got) {
  for (;;) {
    ssize_t count = recv(stream->fd, data, size, 0);
    if (count > 0) {
      *got = (size_t)count;
      return EW_OK;
    }
    if (count == 0 || (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR)) {
      return EW_ERR_CLOSED;
    }
    ew_err err = wait_for(stream, POLLIN, deadline);
    if (err != EW_OK) {
      return err;
    }
  }
}

static ew_err read_tls(ew__stream *stream, char *data, size_t size, uint64_t deadline, size_t *got) {
  for (;;) {
    ERR_clear_error();
    int count = SSL_read(stream->ssl, data, size > INT_MAX ? INT_MAX : (int)size);
    if (count > 0) {
      *got = (size_t)count;
      return EW_OK;
    }
    ew_err err = await_tls(stream, count, deadline);
    if (err != EW_OK) {
      return err;
    }
  }
}

ew_err ew__stream_read(ew__stream *stream, char *data, size_t size, uint64_t deadline, size_t *got) {
  if (stream->fd < 0) {
    return EW_ERR_CLOSED;
  }
  return stream->ssl != NULL ? read_tls(stream, data, size, deadline, got)
                             : read_plain(stream, data, size, deadline, got);
}

/* Writes what fits; *put is 0 after a wait. */
static ew_err write_plain(ew__stream *stream, ew_str bytes, uint64_t deadline, size_t *put) {
  ssize_t count = send(stream->fd, bytes.ptr, bytes.len, MSG_NOSIGNAL);
  *put = count > 0 ? (size_t)count : 0;
  if (count >= 0) {
    return EW_OK;
  }
  bool waiting = errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
  return waiting ? wait_for(stream, POLLOUT, deadline) : EW_ERR_CLOSED;
}

static ew_err write_tls(ew__stream *stream, ew_str bytes, uint64_t deadline, size_t *put) {
  ERR_clear_error();
  int count = SSL_write(stream->ssl, bytes.ptr, bytes.len > INT_MAX ? INT_MAX : (int)bytes.len);
  *put = count > 0 ? (size_t)count : 0;
  return count > 0 ? EW_OK : await_tls(stream, count, deadline);
}

ew_err ew__stream_write(ew__stream *stream, ew_str bytes, uint64_t deadline) {
  while (bytes.len > 0) {
    size_t put = 0;
    if (stream->fd < 0) {
      return EW_ERR_CLOSED;
    }
    ew_err err = stream->ssl != NULL ? write_tls(stream, bytes, deadline, &put)
                                     : write_plain(stream, bytes, deadline, &put);
    if (err != EW_OK) {
      return err;
    }
    bytes = ew_str_from(bytes.ptr + put, bytes.len - put);
  }
  return EW_OK;
}

int ew__stream_fd(const ew__stream *stream) { return stream->fd; }

bool ew__stream_pending(const ew__stream *stream) {
  return stream->ssl != NULL && SSL_has_pending(stream->ssl) == 1;
}
