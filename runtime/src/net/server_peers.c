#define _POSIX_C_SOURCE 200809L

#include "server_internal.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

static void map_ipv4(const struct in_addr *from, unsigned char address[16]) {
  memset(address, 0, 10);
  memset(address + 10, 0xff, 2);
  memcpy(address + 12, from, 4);
}

static void format_peer(int family, const void *ip, uint16_t port, char *text, size_t size) {
  char name[INET6_ADDRSTRLEN] = "?";
  (void)inet_ntop(family, ip, name, sizeof(name));
  snprintf(text, size, family == AF_INET6 ? "[%s]:%u" : "%s:%u", name, (unsigned)ntohs(port));
}

bool ew__peer_of(int fd, unsigned char address[16], char *text, size_t size) {
  union {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
  } peer;
  socklen_t len = sizeof(peer);
  memset(address, 0, 16);
  snprintf(text, size, "?");
  if (getpeername(fd, &peer.any, &len) != 0) {
    return false;
  }
  if (peer.any.sa_family == AF_INET) {
    map_ipv4(&peer.v4.sin_addr, address);
    format_peer(AF_INET, &peer.v4.sin_addr, peer.v4.sin_port, text, size);
    return true;
  }
  if (peer.any.sa_family == AF_INET6) {
    memcpy(address, &peer.v6.sin6_addr, 16);
    format_peer(AF_INET6, &peer.v6.sin6_addr, peer.v6.sin6_port, text, size);
    return true;
  }
  return false;
}

static ew__peer **find_peer(ew_server *server, const unsigned char address[16]) {
  uint32_t hash = 2166136261u;
  for (size_t i = 0; i < 16; i++) {
    hash = (hash ^ address[i]) * 16777619u;
  }
  ew__peer **at = &server->peers[hash % EW__PEER_BUCKETS];
  while (*at != NULL && memcmp((*at)->address, address, 16) != 0) {
    at = &(*at)->next;
  }
  return at;
}

uint32_t ew__peers_count(ew_server *server, const unsigned char address[16]) {
  const ew__peer *peer = *find_peer(server, address);
  return peer == NULL ? 0 : peer->count;
}

bool ew__peers_add(ew_server *server, const unsigned char address[16]) {
  ew__peer **at = find_peer(server, address);
  if (*at == NULL) {
    *at = calloc(1, sizeof(**at));
    if (*at == NULL) {
      return false;
    }
    memcpy((*at)->address, address, 16);
  }
  (*at)->count++;
  return true;
}

void ew__peers_remove(ew_server *server, const unsigned char address[16]) {
  ew__peer **at = find_peer(server, address);
  ew__peer *peer = *at;
  if (peer == NULL || --peer->count > 0) {
    return;
  }
  *at = peer->next;
  free(peer);
}

void ew__peers_clear(ew_server *server) {
  for (size_t i = 0; i < EW__PEER_BUCKETS; i++) {
    while (server->peers[i] != NULL) {
      ew__peer *next = server->peers[i]->next;
      free(server->peers[i]);
      server->peers[i] = next;
    }
  }
}
