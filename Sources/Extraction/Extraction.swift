// Extraction.swift — what this module is, and whether it was built in.
//
// Faces out of photos and videos, and DeepfakeBench's LMDB: everything that needs FFmpeg, dlib or LMDB.
// Training needs none of these: BLENDWAY_EXTRACT=0 builds without them. Then this
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
