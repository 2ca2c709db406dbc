# FindQuayLibraries.cmake - the libraries Quay links: threads, hwloc (quay::hwloc) and the context switch of
# libboost_context (quay::fcontext), as an archive where there is one. Quay's own build uses it, and so does
# quayConfig.cmake for a static Quay, whose users link these too.
find_package(Threads GLOBAL)
find_package(PkgConfig)
if(PkgConfig_FOUND)
    pkg_check_modules(QUAY_HWLOC IMPORTED_TARGET GLOBAL hwloc>=2)
endif()
find_library(QUAY_FCONTEXT_LIBRARY NAMES libboost_context.a boost_context DOC "libboost_context, for its C symbols")

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(QuayLibraries
    REQUIRED_VARS QUAY_FCONTEXT_LIBRARY QUAY_HWLOC_FOUND PkgConfig_FOUND Threads_FOUND)
mark_as_advanced(QUAY_FCONTEXT_LIBRARY)

if(QuayLibraries_FOUND AND NOT TARGET quay::fcontext)
    add_library(quay::fcontext UNKNOWN IMPORTED GLOBAL)
    set_target_properties(quay::fcontext PROPERTIES IMPORTED_LOCATION ${QUAY_FCONTEXT_LIBRARY})
    add_library(quay::hwloc INTERFACE IMPORTED GLOBAL)
    target_link_libraries(quay::hwloc INTERFACE PkgConfig::QUAY_HWLOC)
endif()
