#ifndef LUTHIER_CSYSTEM_H
#define LUTHIER_CSYSTEM_H

#include "loop.h"
#include "socket.h"
#include "process.h"

#endif
