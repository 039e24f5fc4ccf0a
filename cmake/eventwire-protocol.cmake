# A document of your own, compiled while your project is built: eventwire_add_protocol(). Part of the installed package, and here for
# who takes the sources in with add_subdirectory() or FetchContent. The global property EVENTWIRE_EWGEN is the folder of the generator.

# eventwire_find_python(OUT): a Python that can run the generator, or nothing. EW_PYTHON comes first. Not FindPython3: a python3 on PATH
# may be a shim whose meaning changes with the folder.
function(eventwire_find_python out)
  get_property(found GLOBAL PROPERTY EVENTWIRE_PYTHON)
  if(found)
    set(${out} ${found} PARENT_SCOPE)
    return()
  endif()
  foreach(candidate "${EW_PYTHON}" "$ENV{VIRTUAL_ENV}/bin/python3" python3 /usr/bin/python3 /usr/local/bin/python3)
    if(candidate STREQUAL "" OR candidate STREQUAL "/bin/python3")
      continue()
    endif()
    execute_process(COMMAND ${candidate} -c "import sys, jinja2, yaml; assert sys.version_info >= (3, 9); print(sys.executable, end='')"
      OUTPUT_VARIABLE found RESULT_VARIABLE result ERROR_QUIET)
    if(result EQUAL 0)
      set_property(GLOBAL PROPERTY EVENTWIRE_PYTHON ${found})
      set(${out} ${found} PARENT_SCOPE)
      return()
    endif()
  endforeach()
  set(${out} "" PARENT_SCOPE)
endfunction()

# eventwire_add_protocol(TARGET target PREFIX prefix ASYNCAPI document... | SCHEMA schema [OPTIONS option...] [FUZZ])
#
# Compiles an AsyncAPI document (and OpenAPI documents beside it), or a JSON Schema, into target: its sources are added, <eventwire/prefix.h>
# can be included by it and by what links it, and it is linked with eventwire::codec. Call it in the folder where the target is made.
# The generator runs when CMake does, and again in a build when the document, a file it refers to or the generator has changed.
#
# OPTIONS  more options of `ewgen gen`, --root Order for one
# FUZZ     libFuzzer targets, where the compiler has it (clang): <target>_fuzz_<prefix>_to_server and ..._to_client, of a schema
#          <target>_fuzz_<prefix>; the dictionary stands beside each as <program>.dict
function(eventwire_add_protocol)
  cmake_parse_arguments(PARSE_ARGV 0 arg "FUZZ" "TARGET;PREFIX;SCHEMA" "ASYNCAPI;OPTIONS")
  eventwire__check_arguments()
  eventwire__command()
  execute_process(COMMAND ${command} RESULT_VARIABLE result ERROR_VARIABLE error)
  if(NOT result EQUAL 0)
    message(FATAL_ERROR "${error}")
  endif()
  include(${folder}/${arg_PREFIX}.cmake)
  eventwire__generate_in_build()

  target_sources(${arg_TARGET} PRIVATE ${${arg_PREFIX}_SOURCES} ${${arg_PREFIX}_HEADERS})
  target_include_directories(${arg_TARGET} PUBLIC $<BUILD_INTERFACE:${${arg_PREFIX}_INCLUDE_DIRS}>)
  target_link_libraries(${arg_TARGET} PUBLIC eventwire::codec)
  add_dependencies(${arg_TARGET} ${arg_TARGET}_${arg_PREFIX}_ewgen)
  if(arg_FUZZ)
    eventwire__add_fuzz_targets()
  endif()
endfunction()

# Macros, which share the variables of eventwire_add_protocol().

macro(eventwire__check_arguments)
  if(arg_UNPARSED_ARGUMENTS OR arg_KEYWORDS_MISSING_VALUES)
    message(FATAL_ERROR "eventwire_add_protocol: cannot make sense of: ${arg_UNPARSED_ARGUMENTS} ${arg_KEYWORDS_MISSING_VALUES}")
  endif()
  if(NOT TARGET "${arg_TARGET}")
    message(FATAL_ERROR "eventwire_add_protocol: TARGET \"${arg_TARGET}\" is no target")
  endif()
  if(NOT "${arg_PREFIX}" MATCHES "^[A-Za-z][A-Za-z0-9_]*$")
    message(FATAL_ERROR "eventwire_add_protocol: PREFIX \"${arg_PREFIX}\": expected letters, digits and \"_\", a letter first")
  endif()
  if((arg_ASYNCAPI AND arg_SCHEMA) OR NOT (arg_ASYNCAPI OR arg_SCHEMA))
    message(FATAL_ERROR "eventwire_add_protocol: give ASYNCAPI or SCHEMA")
  endif()
  if(NOT CMAKE_C_COMPILER_LOADED)
    message(FATAL_ERROR "eventwire_add_protocol: the generated sources are C: name that language in project(), or enable_language(C)")
  endif()
endmacro()

# Gives command, folder and documents.
macro(eventwire__command)
  eventwire_find_python(python)
  if(NOT python)
    message(FATAL_ERROR "eventwire_add_protocol: no Python 3.9 or newer with jinja2 and yaml: install python3, python3-jinja2 and "
                        "python3-yaml (Debian, Ubuntu) or Jinja2 and PyYAML (pip), or set EW_PYTHON")
  endif()
  get_property(ewgen GLOBAL PROPERTY EVENTWIRE_EWGEN)
  set(folder ${CMAKE_CURRENT_BINARY_DIR}/eventwire/${arg_TARGET}/${arg_PREFIX})
  set(documents)
  foreach(document IN LISTS arg_ASYNCAPI arg_SCHEMA)
    get_filename_component(document "${document}" ABSOLUTE)
    list(APPEND documents "${document}")
  endforeach()
  set(command "${python}" "${ewgen}" gen)
  if(arg_SCHEMA)
    list(APPEND command --schema)
  endif()
  list(APPEND command ${documents} --prefix ${arg_PREFIX} --out "${folder}" --base "${CMAKE_CURRENT_SOURCE_DIR}" ${arg_OPTIONS})
endmacro()

macro(eventwire__generate_in_build)
  set(outputs)
  foreach(list SOURCES HEADERS FUZZ_SOURCES FUZZ_DICTIONARY VECTOR_SOURCES VECTOR_HEADERS)
    list(APPEND outputs ${${arg_PREFIX}_${list}})
  endforeach()
  # Another list of files is another build. Ninja looks at this file again as soon as it is written, make the next time.
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${folder}/${arg_PREFIX}.cmake")
  set(finish)
  if(CMAKE_GENERATOR MATCHES "Ninja")
    list(APPEND outputs "${folder}/${arg_PREFIX}.cmake")
  else()
    # The generator leaves what stays the same alone, and make would run it in every build.
    set(finish COMMAND ${CMAKE_COMMAND} -E touch ${outputs})
  endif()
  list(SORT outputs) # as in the depfile, of which Ninja wants the same first name
  set(depfile)
  if(CMAKE_GENERATOR MATCHES "Ninja" OR NOT CMAKE_VERSION VERSION_LESS 3.20)
    set(depfile DEPFILE "${folder}/${arg_PREFIX}.d")
  endif()
  # A newer generator may write other code.
  file(GLOB_RECURSE generator "${ewgen}/*.py" "${ewgen}/*.j2" "${ewgen}/*.json")
  if(POLICY CMP0116)
    cmake_policy(PUSH)
    cmake_policy(SET CMP0116 NEW)
  endif()
  add_custom_command(OUTPUT ${outputs} COMMAND ${command} ${finish} DEPENDS ${documents} ${generator} ${depfile}
    COMMENT "Compiling the protocol ${arg_PREFIX}" VERBATIM)
  if(POLICY CMP0116)
    cmake_policy(POP)
  endif()
  # One place where it runs, for all targets that have its files.
  add_custom_target(${arg_TARGET}_${arg_PREFIX}_ewgen DEPENDS ${outputs})
endmacro()

macro(eventwire__add_fuzz_targets)
  include(CheckCSourceCompiles)
  set(CMAKE_REQUIRED_FLAGS -fsanitize=fuzzer,address,undefined)
  check_c_source_compiles("#include <stddef.h>
#include <stdint.h>
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) { return data == NULL && size != 0; }" EVENTWIRE_HAS_LIBFUZZER)
  unset(CMAKE_REQUIRED_FLAGS)
  if(NOT EVENTWIRE_HAS_LIBFUZZER)
    message(WARNING "eventwire_add_protocol: ${CMAKE_C_COMPILER} has no libFuzzer, so ${arg_PREFIX} gets no fuzz targets (clang has it)")
  elseif(arg_SCHEMA)
    eventwire__add_fuzz_target(${arg_TARGET}_fuzz_${arg_PREFIX})
  else()
    eventwire__add_fuzz_target(${arg_TARGET}_fuzz_${arg_PREFIX}_to_server EW_FUZZ_DIRECTION=EW_TO_SERVER)
    eventwire__add_fuzz_target(${arg_TARGET}_fuzz_${arg_PREFIX}_to_client EW_FUZZ_DIRECTION=EW_TO_CLIENT)
  endif()
endmacro()

# eventwire__add_fuzz_target(NAME [DEFINITION])
macro(eventwire__add_fuzz_target name)
  add_executable(${name} ${${arg_PREFIX}_FUZZ_SOURCES} ${${arg_PREFIX}_SOURCES})
  add_dependencies(${name} ${arg_TARGET}_${arg_PREFIX}_ewgen)
  target_compile_definitions(${name} PRIVATE ${ARGN})
  target_include_directories(${name} PRIVATE ${${arg_PREFIX}_INCLUDE_DIRS})
  target_compile_options(${name} PRIVATE -g -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all)
  target_link_libraries(${name} PRIVATE eventwire::codec -fsanitize=fuzzer,address,undefined)
  add_custom_command(TARGET ${name} POST_BUILD VERBATIM
    COMMAND ${CMAKE_COMMAND} -E copy_if_different ${${arg_PREFIX}_FUZZ_DICTIONARY} $<TARGET_FILE:${name}>.dict)
endmacro()
