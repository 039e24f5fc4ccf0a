#include <stdlib.h>

#include "octave_internal.h"

static ew__octave_topic *find_topic(const ew__octave_service *service, ew_str selector) {
  return (ew__octave_topic *)ew__octave_index_find(&service->topics, selector);
}

static ew__octave_topic *make_topic(ew__octave_service *service, ew_str selector) {
  ew__octave_topic *topic = malloc(sizeof(*topic) + selector.len);
  if (topic == NULL) {
    return NULL;
  }
  *topic = (ew__octave_topic){0};
  memcpy(topic->selector, selector.ptr, selector.len);
  topic->node.key = ew_str_from(topic->selector, selector.len);
  ew__octave_index_add(&service->topics, &topic->node);
  return topic;
}

static void drop_topic_without_readers(ew__octave_service *service, ew__octave_topic *topic) {
  if (topic->readers == NULL) {
    ew__octave_index_remove(&service->topics, &topic->node);
    free(topic);
  }
}

/* The place that points to the socket's subscription of topic, or to NULL. */
static ew__octave_subscription **find_subscription(ew__octave_socket *socket,
                                                   const ew__octave_topic *topic) {
  ew__octave_subscription **link = &socket->subscriptions;
  while (*link != NULL && (*link)->topic != topic) {
    link = &(*link)->next;
  }
  return link;
}

static bool has_room(const ew__octave_socket *socket, ew_str selector) {
  return socket->subscription_count < EW__OCTAVE_MAX_SUBSCRIPTIONS && selector.len > 0 &&
         selector.len <= EW__OCTAVE_MAX_SELECTOR_BYTES - socket->selector_bytes;
}

static void link_subscription(ew__octave_subscription *subscription, ew__octave_socket *socket,
                              ew__octave_topic *topic) {
  *subscription = (ew__octave_subscription){.socket = socket,
                                            .topic = topic,
                                            .next_reader = topic->readers,
                                            .next = socket->subscriptions};
  if (topic->readers != NULL) {
    topic->readers->previous_reader = subscription;
  }
  topic->readers = subscription;
  socket->subscriptions = subscription;
  socket->subscription_count++;
  socket->selector_bytes += topic->node.key.len;
}

static ew_err add_subscription(ew__octave_socket *socket, ew_str selector) {
  ew__octave_service *service = ew__octave_socket_service(socket);
  ew__octave_topic *topic = find_topic(service, selector);
  if (topic == NULL) {
    topic = make_topic(service, selector);
  }
  if (topic == NULL) {
    return EW_ERR_NOMEM;
  }
  ew__octave_subscription *subscription = malloc(sizeof(*subscription));
  if (subscription == NULL) {
    drop_topic_without_readers(service, topic);
    return EW_ERR_NOMEM;
  }
  link_subscription(subscription, socket, topic);
  return EW_OK;
}

ew_err ew__octave_reader_add(ew__octave_socket *socket, ew_str selector) {
  const ew__octave_topic *topic = find_topic(ew__octave_socket_service(socket), selector);
  if (topic != NULL && *find_subscription(socket, topic) != NULL) {
    return EW_OK;
  }
  return has_room(socket, selector) ? add_subscription(socket, selector) : EW_ERR_QUEUE_FULL;
}

static void unlink_reader(ew__octave_subscription *subscription) {
  if (subscription->next_reader != NULL) {
    subscription->next_reader->previous_reader = subscription->previous_reader;
  }
  if (subscription->previous_reader != NULL) {
    subscription->previous_reader->next_reader = subscription->next_reader;
  } else {
    subscription->topic->readers = subscription->next_reader;
  }
}

static void remove_subscription(ew__octave_socket *socket, ew__octave_subscription **link) {
  ew__octave_subscription *subscription = *link;
  ew__octave_topic *topic = subscription->topic;
  *link = subscription->next;
  socket->subscription_count--;
  socket->selector_bytes -= topic->node.key.len;
  unlink_reader(subscription);
  free(subscription);
  drop_topic_without_readers(ew__octave_socket_service(socket), topic);
}

ew_err ew__octave_reader_remove(ew__octave_socket *socket, ew_str selector) {
  const ew__octave_topic *topic = find_topic(ew__octave_socket_service(socket), selector);
  if (topic == NULL) {
    return EW_ERR_NOT_FOUND;
  }
  ew__octave_subscription **link = find_subscription(socket, topic);
  if (*link == NULL) {
    return EW_ERR_NOT_FOUND;
  }
  remove_subscription(socket, link);
  return EW_OK;
}

void ew__octave_reader_remove_all(ew__octave_socket *socket) {
  while (socket->subscriptions != NULL) {
    remove_subscription(socket, &socket->subscriptions);
  }
}

bool ew__octave_has_readers(const ew__octave_service *service, ew_str selector) {
  return selector.len > 0 && find_topic(service, selector) != NULL;
}

void ew__octave_deliver(ew__octave_service *service, ew_str selector, ew_str message) {
  const ew__octave_topic *topic = find_topic(service, selector);
  ew__octave_subscription *reader = topic == NULL ? NULL : topic->readers;
  for (; reader != NULL; reader = reader->next_reader) {
    ew__octave_socket *socket = reader->socket;
    if (socket->ending || socket->last_event == service->event_count) {
      continue;
    }
    socket->last_event = service->event_count;
    /*
     * A reader that is too slow or gone is the host's business; there is nothing to deliver again.
     */
    (void)ew__session_send(&socket->base, message);
  }
}
