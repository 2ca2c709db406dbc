# install.cmake - the libraries, their headers, and what find_package and pkg-config read.
include(CMakePackageConfigHelpers)
set(quay_package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/quay)
set(quay_pc_dir ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

install(TARGETS quay quay_actors EXPORT quay)
install(DIRECTORY include/quay TYPE INCLUDE FILES_MATCHING PATTERN "*.h")
install(DIRECTORY actors/ DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/quay/actors
    FILES_MATCHING PATTERN "*.h" PATTERN "supervisor_*.h" EXCLUDE) # these are inside
install(FILES LICENSE TYPE DOC)

# find_package(quay CONFIG)
configure_package_config_file(cmake/quayConfig.cmake.in cmake/quayConfig.cmake INSTALL_DESTINATION ${quay_package_dir})
write_basic_package_version_file(cmake/quayConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(EXPORT quay NAMESPACE quay:: FILE quayTargets.cmake DESTINATION ${quay_package_dir})
install(FILES
    ${PROJECT_BINARY_DIR}/cmake/quayConfig.cmake ${PROJECT_BINARY_DIR}/cmake/quayConfigVersion.cmake
    cmake/FindQuayLibraries.cmake
    DESTINATION ${quay_package_dir})

# pkg-config. The paths in the .pc files start from where the files are, so that an installation may be moved. What a
# static Quay needs is named in Libs too: there it is no private matter.
file(RELATIVE_PATH quay_pc_prefix "/${quay_pc_dir}" "/")
string(REGEX REPLACE "/$" "" quay_pc_prefix ${quay_pc_prefix})
cmake_path(GET QUAY_FCONTEXT_LIBRARY FILENAME fcontext)
list(TRANSFORM QUAY_HWLOC_LIBRARIES PREPEND -l OUTPUT_VARIABLE hwloc)
list(JOIN hwloc " " hwloc)
set(quay_pc_private "${hwloc} -l:${fcontext} -pthread")
get_target_property(type quay TYPE)
if(type STREQUAL "STATIC_LIBRARY")
    set(quay_pc_public " ${quay_pc_private}")
endif()
foreach(name quay quay-actors)
    configure_file(cmake/${name}.pc.in cmake/${name}.pc @ONLY)
    install(FILES ${PROJECT_BINARY_DIR}/cmake/${name}.pc DESTINATION ${quay_pc_dir})
endforeach()
