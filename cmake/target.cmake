# target.cmake - how Quay's own targets are built. Every flag belongs to a target; none is global.

# Any target of ours: the language, its warnings (a handler need not use all it is given), the sanitizers.
function(quay_own target)
    set_target_properties(${target} PROPERTIES C_STANDARD 11 C_STANDARD_REQUIRED ON C_EXTENSIONS OFF)
    if(PROJECT_IS_TOP_LEVEL)
        target_compile_options(${target} PRIVATE -Wall -Wextra -Wconversion -Wshadow -Wno-unused-parameter)
    endif()
    if(QUAY_WERROR)
        target_compile_options(${target} PRIVATE -Werror)
    endif()
    if(QUAY_SANITIZE)
        target_compile_options(${target} PRIVATE
            -fsanitize=${QUAY_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer -O1 -g)
        target_link_options(${target} PRIVATE -fsanitize=${QUAY_SANITIZE})
    endif()
endfunction()

# A target that sees the inside of the runtime: its own headers, ConcurrencyKit, the checks of a debug build. Sanitizers
# do not see ConcurrencyKit's assembly, so they get another version of it.
function(quay_inside target)
    target_include_directories(${target} PRIVATE ${PROJECT_SOURCE_DIR}/runtime)
    target_include_directories(${target} SYSTEM PRIVATE ${QUAY_CK_INCLUDE_DIR})
    target_compile_definitions(${target} PRIVATE $<$<BOOL:${QUAY_DEBUG}>:QY_DEBUG>)
    if(QUAY_COVERAGE)
        target_compile_options(${target} PRIVATE --coverage -fprofile-update=atomic)
        target_link_options(${target} PUBLIC --coverage)
    endif()
    if(QUAY_SANITIZE)
        target_compile_options(${target} PRIVATE "SHELL:-include ${PROJECT_SOURCE_DIR}/runtime/base/ck_pr_san.h")
        if(CMAKE_SYSTEM_PROCESSOR STREQUAL "x86_64")
            target_compile_options(${target} PRIVATE -mcx16)
        endif()
    endif()
endfunction()

# A library of the runtime's sources; further arguments are those of add_library, such as STATIC. What is linked from an
# archive (the context switch) is not passed on as if it were ours.
function(quay_add_runtime target)
    list(TRANSFORM QUAY_SOURCES PREPEND ${PROJECT_SOURCE_DIR}/runtime/ OUTPUT_VARIABLE sources)
    add_library(${target} ${ARGN} ${sources})
    quay_own(${target})
    quay_inside(${target})
    target_include_directories(${target} PUBLIC $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>)
    target_link_libraries(${target} PRIVATE quay::hwloc quay::fcontext Threads::Threads)
    target_link_options(${target} PRIVATE LINKER:--exclude-libs,ALL)
endfunction()

# A library that others link: its name there, where its headers will be, its version; it shows what is QUAY_API only.
function(quay_publish target)
    add_library(quay::${target} ALIAS ${target})
    target_include_directories(${target} PUBLIC $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
    set_target_properties(${target} PROPERTIES
        C_VISIBILITY_PRESET hidden VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR})
endfunction()
