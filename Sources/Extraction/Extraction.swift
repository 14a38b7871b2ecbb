// Extraction.swift — what this module is, and whether it was built in.
//
// Faces out of photos and videos, and DeepfakeBench's LMDB: everything that needs FFmpeg, dlib or LMDB.
// These are a build option (BLENDWAY_EXTRACT=1), since training needs none of them. Without it this
// module has the same interface, and whatever would need them throws `ExtractionError.notBuiltIn`.

public enum Extraction {
    /// Whether the libraries are there.
    public static var isBuiltIn: Bool {
        #if BLENDWAY_EXTRACT
        true
        #else
        false
        #endif
    }
}
