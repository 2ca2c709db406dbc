/* version.h - which Quay this is. CMake and pkg-config read the numbers from here. */
#ifndef QUAY_VERSION_H
#define QUAY_VERSION_H

#define QUAY_VERSION_MAJOR 0
#define QUAY_VERSION_MINOR 1
#define QUAY_VERSION_PATCH 0
#define QUAY_VERSION "0.1.0"

#endif
