#include "vars_internal.h"

/* conformance/README.md repeats this table for people: change both. */
const ew__param ew__params[] = {
    {NULL, "base", "", false},
    {NULL, "user", "", false},
    {NULL, "password", "", true},
    {"firefly", "namespace", "ns1", false},
    {"firefly", "unknown_namespace", "ew_no_such_namespace", false},
    {"firefly", "filters", "yes", false},
    {"firefly", "manner", "compat", false},
    {"kaleido", "manner", "compat", false},
    {"kaleido", "dialect", "ethconnect", false},
    {"kaleido", "error_handling", "block", false},
    {"kaleido", "redelivery_within", "5s", false},
    {"baas", "token", "demo-token", true},
    {"baas", "network", "channel3", false},
    {"baas", "unknown_network", "", false},
    {"octave", "user", "demo", false},
    {"octave", "company", "acme", false},
    {"octave", "token", "demo-token", true},
    {"octave", "restricted_token", "", true},
};

const size_t ew__param_count = sizeof(ew__params) / sizeof(ew__params[0]);
