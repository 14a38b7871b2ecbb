// CHDF5.h — HDF5 for Swift: hdf5.h itself, and as functions what Swift cannot import from it
// (macros that call H5open() first, and the iterators whose C types change with the version).
// No logic here: return codes are judged in Swift, in HDF5Library.
#pragma once
#include <hdf5.h>

// File access flags and property list classes.
unsigned bwh5_read_only(void);
unsigned bwh5_read_write(void);
unsigned bwh5_create_new(void);
hid_t bwh5_class_file_create(void);
hid_t bwh5_class_file_access(void);
hid_t bwh5_class_dataset_create(void);
hid_t bwh5_class_group_create(void);

// Element types in memory …
hid_t bwh5_native_uint8(void);
hid_t bwh5_native_int32(void);
hid_t bwh5_native_int64(void);
hid_t bwh5_native_float(void);
hid_t bwh5_native_double(void);
// … and in the file: little-endian whatever the machine, so that equal contents are equal bytes.
hid_t bwh5_file_uint8(void);
hid_t bwh5_file_int32(void);
hid_t bwh5_file_int64(void);
hid_t bwh5_file_float(void);
hid_t bwh5_file_double(void);
/// Its copies become fixed or variable length strings.
hid_t bwh5_c_string(void);
size_t bwh5_variable_length(void);
hsize_t bwh5_unlimited(void);

/// One line of the error stack: the function that failed and its description.
typedef void (*bwh5_error_line)(const char *function, const char *description, void *context);
/// Calls `line` for each entry of this thread's error stack, from the API call inwards.
herr_t bwh5_walk_errors(bwh5_error_line line, void *context);
/// Stops HDF5 from printing this thread's errors on standard error.
herr_t bwh5_no_error_printing(void);

typedef void (*bwh5_name)(const char *name, void *context);
/// Calls `name` for each link of a group, in the order of their names.
herr_t bwh5_each_link(hid_t group, bwh5_name name, void *context);
/// Calls `name` for each attribute of an object, in the order of their names.
herr_t bwh5_each_attribute(hid_t object, bwh5_name name, void *context);

/// What a link of a group leads to: 0 to an object of its own, 1 by a path in the file, 2 into another file; negative
/// on failure. `target` becomes the path, or the other file's name.
int bwh5_link_target(hid_t group, const char *name, char *target, size_t size);

/// Keeps file locking on, but goes on where the file system has locks switched off.
herr_t bwh5_forgive_disabled_locks(hid_t file_access);
/// Fixes the file format to that of HDF5 1.10 (checksummed metadata) for every library version.
herr_t bwh5_format_1_10(hid_t file_access);
