# What every target of the project shares. Nothing here reaches a consumer.

# How gcc lays out code: functions and loops begin where they happen to, and what is unlikely stays at the end of its
# function, where short jumps reach it. Most functions are short and loops turn a few times: what would stand between them
# for the sake of round addresses is 2 % of the codec.
set(EW_LAYOUT_FLAGS $<$<COMPILE_LANG_AND_ID:C,GNU>:-fno-align-functions;-fno-align-loops;-fno-align-jumps;-fno-reorder-blocks-and-partition>)

# Warnings, and sanitizers where they are asked for.
add_library(ew_build INTERFACE)
target_compile_features(ew_build INTERFACE c_std_11)
target_compile_definitions(ew_build INTERFACE _GNU_SOURCE)
target_compile_options(ew_build INTERFACE
  $<$<COMPILE_LANGUAGE:C>:-Wall;-Wextra;-Wpedantic;-Wconversion;-Wsign-conversion;-Wshadow;-Wundef;-Wcast-qual;-Wvla;-Wstrict-prototypes;-Wmissing-prototypes;-Wformat=2>
  $<$<COMPILE_LANGUAGE:CXX>:-Wall;-Wextra;-Wpedantic;-Wshadow;-Wundef>
  -fno-strict-overflow ${EW_LAYOUT_FLAGS})
if(EW_WERROR)
  target_compile_options(ew_build INTERFACE -Werror)
endif()
set(EW_SANITIZERS)
if(EW_SANITIZE STREQUAL "address")
  set(EW_SANITIZERS -fsanitize=address,undefined)
elseif(EW_SANITIZE STREQUAL "thread")
  set(EW_SANITIZERS -fsanitize=thread)
elseif(EW_SANITIZE)
  message(FATAL_ERROR "EW_SANITIZE is OFF, address or thread, not ${EW_SANITIZE}")
endif()
if(EW_SANITIZERS)
  target_compile_options(ew_build INTERFACE ${EW_SANITIZERS} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(ew_build INTERFACE ${EW_SANITIZERS})
endif()
if(EW_FUZZ)
  target_compile_options(ew_build INTERFACE -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all
                                            -fno-omit-frame-pointer)
  target_link_options(ew_build INTERFACE -fsanitize=address,undefined)
endif()

# ew_library(NAME SOURCE...): library ew_NAME, known as eventwire::NAME inside and outside the project.
function(ew_library name)
  add_library(ew_${name} ${ARGN})
  add_library(eventwire::${name} ALIAS ew_${name})
  target_compile_features(ew_${name} PUBLIC c_std_11)
  target_link_libraries(ew_${name} PRIVATE $<BUILD_INTERFACE:ew_build>)
  set_target_properties(ew_${name} PROPERTIES
    EXPORT_NAME ${name} OUTPUT_NAME eventwire_${name} C_VISIBILITY_PRESET hidden CXX_VISIBILITY_PRESET hidden
    POSITION_INDEPENDENT_CODE ON)
  if(BUILD_SHARED_LIBS)
    target_compile_definitions(ew_${name} PRIVATE EW_SHARED)
    set_target_properties(ew_${name} PROPERTIES VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR})
  endif()
  if(EW_INSTALL)
    install(TARGETS ew_${name} EXPORT eventwire-targets
      ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
  endif()
endfunction()

# ew_include(NAME FOLDER): headers of eventwire::NAME, built and installed.
function(ew_include name folder)
  target_include_directories(ew_${name} PUBLIC $<BUILD_INTERFACE:${folder}> $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
  if(EW_INSTALL)
    install(DIRECTORY ${folder}/ DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN "*.h")
  endif()
endfunction()

# ew_test(NAME SOURCE... [LIBS target...] [LABELS label...] [ARGS argument...]): a test program on cmocka. With valgrind
# here it is run a second time under it, with the label valgrind.
function(ew_test name)
  cmake_parse_arguments(PARSE_ARGV 1 test "NO_VALGRIND" "TIMEOUT" "LIBS;LABELS;ARGS;ENVIRONMENT")
  add_executable(${name} ${test_UNPARSED_ARGUMENTS})
  target_link_libraries(${name} PRIVATE ${test_LIBS} ew_build ew_cmocka)
  if(NOT test_TIMEOUT)
    set(test_TIMEOUT 120)
  endif()
  if(CMAKE_CROSSCOMPILING)
    math(EXPR test_TIMEOUT "${test_TIMEOUT} * 5")
  endif()
  add_test(NAME ${name} COMMAND ${name} ${test_ARGS})
  set_tests_properties(${name} PROPERTIES SKIP_RETURN_CODE 77 TIMEOUT ${test_TIMEOUT} LABELS "${test_LABELS}"
                                          ENVIRONMENT "${test_ENVIRONMENT}")
  if(EW_VALGRIND AND NOT EW_SANITIZE AND NOT CMAKE_CROSSCOMPILING AND NOT test_NO_VALGRIND)
    math(EXPR slow "${test_TIMEOUT} * 5")
    add_test(NAME valgrind.${name}
      COMMAND ${EW_VALGRIND} --quiet --error-exitcode=9 --leak-check=full --errors-for-leak-kinds=definite,indirect
              --suppressions=${PROJECT_SOURCE_DIR}/cmake/valgrind.supp $<TARGET_FILE:${name}> ${test_ARGS})
    set_tests_properties(valgrind.${name} PROPERTIES SKIP_RETURN_CODE 77 TIMEOUT ${slow} LABELS "valgrind;${test_LABELS}"
                                                     ENVIRONMENT "${test_ENVIRONMENT};EW_UNDER_VALGRIND=1")
  endif()
endfunction()

if(EW_TESTS)
  find_program(EW_VALGRIND valgrind)
endif()
