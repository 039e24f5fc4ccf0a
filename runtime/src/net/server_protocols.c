#define _POSIX_C_SOURCE 200809L

#include "server_internal.h"

static ew_err new_firefly(ew_service **out, const void *opts, const ew_host *host) {
  return ew_firefly_service_new(out, opts, host);
}

static ew_err new_kaleido(ew_service **out, const void *opts, const ew_host *host) {
  return ew_kaleido_service_new(out, opts, host);
}

static ew_err new_baas(ew_service **out, const void *opts, const ew_host *host) {
  return ew_baas_service_new(out, opts, host);
}

static ew_err new_octave(ew_service **out, const void *opts, const ew_host *host) {
  return ew_octave_service_new(out, opts, host);
}

ew_err ew_server_add_firefly(ew_server *server, const ew_listen *listen,
                             const ew_firefly_service_options *opts, uint16_t *port) {
  return ew__server_add(server, listen, "firefly", new_firefly, opts, port);
}

ew_err ew_server_add_kaleido(ew_server *server, const ew_listen *listen,
                             const ew_kaleido_service_options *opts, uint16_t *port) {
  return ew__server_add(server, listen, "kaleido", new_kaleido, opts, port);
}

ew_err ew_server_add_baas(ew_server *server, const ew_listen *listen,
                          const ew_baas_service_options *opts, uint16_t *port) {
  return ew__server_add(server, listen, "baas", new_baas, opts, port);
}

ew_err ew_server_add_octave(ew_server *server, const ew_listen *listen,
                            const ew_octave_service_options *opts, uint16_t *port) {
  return ew__server_add(server, listen, "octave", new_octave, opts, port);
}
