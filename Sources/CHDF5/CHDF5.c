// CHDF5.c — the bodies of CHDF5.h, one expression each.
#include "CHDF5.h"

#include <string.h>

unsigned bwh5_read_only(void) { return H5F_ACC_RDONLY; }
unsigned bwh5_read_write(void) { return H5F_ACC_RDWR; }
unsigned bwh5_create_new(void) { return H5F_ACC_EXCL; }
hid_t bwh5_class_file_create(void) { return H5P_FILE_CREATE; }
hid_t bwh5_class_file_access(void) { return H5P_FILE_ACCESS; }
hid_t bwh5_class_dataset_create(void) { return H5P_DATASET_CREATE; }
hid_t bwh5_class_group_create(void) { return H5P_GROUP_CREATE; }

hid_t bwh5_native_uint8(void) { return H5T_NATIVE_UINT8; }
hid_t bwh5_native_int32(void) { return H5T_NATIVE_INT32; }
hid_t bwh5_native_int64(void) { return H5T_NATIVE_INT64; }
hid_t bwh5_native_float(void) { return H5T_NATIVE_FLOAT; }
hid_t bwh5_native_double(void) { return H5T_NATIVE_DOUBLE; }
hid_t bwh5_file_uint8(void) { return H5T_STD_U8LE; }
hid_t bwh5_file_int32(void) { return H5T_STD_I32LE; }
hid_t bwh5_file_int64(void) { return H5T_STD_I64LE; }
hid_t bwh5_file_float(void) { return H5T_IEEE_F32LE; }
hid_t bwh5_file_double(void) { return H5T_IEEE_F64LE; }
hid_t bwh5_c_string(void) { return H5T_C_S1; }
size_t bwh5_variable_length(void) { return H5T_VARIABLE; }
hsize_t bwh5_unlimited(void) { return H5S_UNLIMITED; }

struct error_walk { bwh5_error_line line; void *context; };

static herr_t one_error(unsigned n, const H5E_error2_t *error, void *data) {
    (void)n;
    struct error_walk *walk = data;
    walk->line(error->func_name ? error->func_name : "", error->desc ? error->desc : "", walk->context);
    return 0;
}

herr_t bwh5_walk_errors(bwh5_error_line line, void *context) {
    struct error_walk walk = {line, context};
    return H5Ewalk2(H5E_DEFAULT, H5E_WALK_DOWNWARD, one_error, &walk);
}

herr_t bwh5_no_error_printing(void) { return H5Eset_auto2(H5E_DEFAULT, NULL, NULL); }

struct name_walk { bwh5_name name; void *context; };

static herr_t one_link(hid_t group, const char *name, const H5L_info_t *info, void *data) {
    (void)group, (void)info;
    struct name_walk *walk = data;
    walk->name(name, walk->context);
    return 0;
}

herr_t bwh5_each_link(hid_t group, bwh5_name name, void *context) {
    struct name_walk walk = {name, context};
    return H5Literate(group, H5_INDEX_NAME, H5_ITER_INC, NULL, one_link, &walk);
}

static herr_t one_attribute(hid_t object, const char *name, const H5A_info_t *info, void *data) {
    (void)object, (void)info;
    struct name_walk *walk = data;
    walk->name(name, walk->context);
    return 0;
}

herr_t bwh5_each_attribute(hid_t object, bwh5_name name, void *context) {
    struct name_walk walk = {name, context};
    return H5Aiterate2(object, H5_INDEX_NAME, H5_ITER_INC, NULL, one_attribute, &walk);
}

int bwh5_link_target(hid_t group, const char *name, char *target, size_t size) {
    H5L_info_t info;
    target[0] = 0;
    if (H5Lget_info(group, name, &info, H5P_DEFAULT) < 0) return -1;
    if (info.type != H5L_TYPE_SOFT && info.type != H5L_TYPE_EXTERNAL) return 0;
    if (H5Lget_val(group, name, target, size, H5P_DEFAULT) < 0) return -1;
    target[size - 1] = 0;
    if (info.type == H5L_TYPE_SOFT) return 1;
    // A byte of flags, then the file's name, then the path in it.
    const char *file = NULL, *path = NULL;
    if (info.u.val_size > size || H5Lunpack_elink_val(target, info.u.val_size, NULL, &file, &path) < 0) return -1;
    memmove(target, file, strlen(file) + 1);
    return 2;
}

herr_t bwh5_forgive_disabled_locks(hid_t file_access) {
#if H5_VERSION_GE(1, 10, 7) && !(H5_VERSION_GE(1, 12, 0) && !H5_VERSION_GE(1, 12, 1))
    return H5Pset_file_locking(file_access, 1, 1);
#else
    (void)file_access;  // Before these versions only HDF5_USE_FILE_LOCKING decides.
    return 0;
#endif
}

herr_t bwh5_format_1_10(hid_t file_access) {
    return H5Pset_libver_bounds(file_access, H5F_LIBVER_V110, H5F_LIBVER_V110);
}
