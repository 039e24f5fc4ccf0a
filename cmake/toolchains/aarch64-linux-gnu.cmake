# 64-bit ARM on another machine: Debian's cross compiler, and QEMU to run what it makes. Programs are linked statically, so
# that nothing of the other machine need be installed.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_C_COMPILER aarch64-linux-gnu-gcc)
set(CMAKE_EXE_LINKER_FLAGS_INIT -static)
find_program(EW_QEMU_AARCH64 NAMES qemu-aarch64 qemu-aarch64-static)
if(NOT EW_QEMU_AARCH64)
  message(FATAL_ERROR "qemu-aarch64 is missing: apt-get install qemu-user")
endif()
set(CMAKE_CROSSCOMPILING_EMULATOR ${EW_QEMU_AARCH64})
