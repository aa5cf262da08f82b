//! One POST with one deadline: the only file that names the HTTP library.
