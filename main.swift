import Store
for path in CommandLine.arguments.dropFirst() {
    do { let f = try DatasetFile(path); _ = try f.readImage(1); print("OK", f.frameCount, f.description.dataset, f.videos.map(\.isFake), f.frameIndices.prefix(3), f.landmarks.prefix(2), f.neighbours?.count ?? -1) }
    catch { do { let c = try Checkpoint.read(path); print("CKPT", c.integers.count) } catch let second { print("ERR", error, "|", second) } }
}
