/* Links against client and server of an installed copy. */
#include <eventwire/client.h>
#include <eventwire/server.h>

#include <stdio.h>

int main(void) {
  ew_server *server = NULL;
  ew_server_options options = {0};
  ew_octave_service_options octave = {.user = EW_STR("u"), .company = EW_STR("c"), .master_token = EW_STR("t")};
  ew_listen listen = {0};
  uint16_t port = 0;
  if (ew_server_new(&server, &options, NULL) != EW_OK || ew_server_add_octave(server, &listen, &octave, &port) != EW_OK) {
    return 1;
  }
  printf("listening on %u\n", port);
  ew_server_free(server);
  return port == 0;
}
