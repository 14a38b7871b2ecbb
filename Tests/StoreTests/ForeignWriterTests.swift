// ForeignWriterTests.swift — datasets that h5py has written or copied: read as what they say, or refused by name
// when they are opened.

import Foundation
import Store
import TestSupport
import Testing

private let interpreter = python(with: ["h5py", "numpy"])

@Suite(.enabled(if: interpreter != nil, "needs Python with h5py and numpy"))
struct ForeignWriterTests {
    let folder = TemporaryFolder()

    /// Copies `a` to `b` object by object; `attribute` and `values` change what is written.
    private static let copier = """
        import sys, h5py, numpy as np
        from h5py import h5t, h5s, h5a
        def copy(a, b, attribute=lambda o, k, v: o.attrs.__setitem__(k, v), values=lambda n, v: v, options=lambda n: {}, **file):
            with h5py.File(a, "r") as old, h5py.File(b, "w", **file) as new:
                def attributes(o, p):
                    for k, v in o.attrs.items(): attribute(p, k, v.decode() if isinstance(v, bytes) else v)
                attributes(old, new)
                def visit(name, o):
                    if isinstance(o, h5py.Group): p = new.create_group(name)
                    else:
                        v = values(name, o[()])
                        if v is None: return
                        p = new.create_dataset(name, data=v, **options(name))
                    attributes(o, p)
                old.visititems(visit)
        def low(p, k, v, size, pad, cset, dims=None):
            t = h5t.C_S1.copy(); t.set_size(size); t.set_strpad(pad); t.set_cset(cset)
            s = h5s.create(h5s.SCALAR) if dims is None else h5s.create_simple(dims)
            fill = b" " if pad == h5t.STR_SPACEPAD else b"\\0"
            data = np.array(v.encode().ljust(size, fill), dtype=f"S{size}").reshape(dims or ())
            h5a.create(p.id, k.encode(), t, s).write(data, mtype=t)
        a, b = sys.argv[1:3]

        """

    /// The sample as `script` copies it.
    private func foreign(_ script: String) throws -> String {
        let (source, copy) = (folder.file("own.h5"), folder.file("foreign.h5"))
        try SampleDataset().write(to: source)
        let result = try TestSupport.run(interpreter!, ["-c", Self.copier + script, source, copy], timeout: 120)
        try #require(result.status == 0, "\(result)")
        return copy
    }

    private func expectEqual(_ path: String) throws {
        let (own, read) = (try DatasetFile(folder.file("own.h5")), try DatasetFile(path))
        #expect(read.description == own.description && read.videos == own.videos)
        #expect(read.frameVideos == own.frameVideos && read.frameIndices == own.frameIndices)
        #expect(read.landmarks == own.landmarks && read.neighbours == own.neighbours)
        #expect(try read.readImage(4) == own.readImage(4))
    }

    @Test(arguments: [
        "copy(a, b, attribute=lambda o, k, v: o.attrs.__setitem__(k, np.bytes_(v.encode())) if v.isascii() and v else low(o, k, v, 40, h5t.STR_NULLPAD, h5t.CSET_UTF8))",
        "copy(a, b, attribute=lambda o, k, v: o.attrs.__setitem__(k, v))",
        "copy(a, b, attribute=lambda o, k, v: o.attrs.create(k, v, dtype=h5py.string_dtype('ascii' if v.isascii() else 'utf-8')))",
        "copy(a, b, attribute=lambda o, k, v: o.attrs.create(k, [v], dtype=h5py.string_dtype()))",
        "copy(a, b, attribute=lambda o, k, v: low(o, k, v, 120, h5t.STR_SPACEPAD, h5t.CSET_ASCII))",
        "copy(a, b, attribute=lambda o, k, v: low(o, k, v, 120, h5t.STR_NULLTERM, h5t.CSET_UTF8, (1,)))",
        "copy(a, b, attribute=lambda o, k, v: o.attrs.__setitem__(k, v if v else h5py.Empty('S1')))",
    ]) func stringsOfEveryKindAreRead(script: String) throws { try expectEqual(foreign(script)) }

    @Test(arguments: [
        "copy(a, b, values=lambda n, v: v.astype('i8') if v.dtype.kind == 'i' else v)",
        "copy(a, b, values=lambda n, v: v.astype('>i4') if v.dtype.kind == 'i' else v.astype('>f8') if v.dtype.kind == 'f' else v)",
        "copy(a, b, values=lambda n, v: v.astype('u8') if n.endswith(('video', 'index', 'label')) else v)",
        "copy(a, b, values=lambda n, v: v.astype(bool) if n.endswith('label') else v)",
        "copy(a, b, values=lambda n, v: v.astype('i2') if n.endswith(('index', 'target')) else v)",
        "copy(a, b, libver='latest')", "copy(a, b, userblock_size=512)",
        "copy(a, b, options=lambda n: dict(compression='gzip', shuffle=True) if n == 'frames/image' else {})",
    ]) func numbersOfOtherTypesAndFilesOfOtherFormsAreRead(script: String) throws { try expectEqual(foreign(script)) }

    @Test func linksAreFollowed() throws {
        try expectEqual(foreign("""
            copy(a, b, values=lambda n, v: None if n == "frames/image" else v)
            with h5py.File(b, "a") as f: f["frames/image"] = h5py.ExternalLink(a, "/frames/image")
            """))
    }

    /// Scripts, and what the error has to name.
    @Test(arguments: [
        ("copy(a, b, options=lambda n: dict(compression='lzf') if n == 'frames/image' else {})", "/frames/image is packed with the filter LZF (number 32000)"),
        ("copy(a, b, options=lambda n: dict(compression='lzf') if n == 'frames/landmarks' else {})", "/frames/landmarks is packed with the filter LZF"),
        ("""
        copy(a, b, values=lambda n, v: None if n == "frames/image" else v)
        with h5py.File(a, "r") as f: shape = f["frames/image"].shape
        layout = h5py.VirtualLayout(shape, "u1")
        layout[:] = h5py.VirtualSource("elsewhere.h5", "images", shape)
        with h5py.File(b, "a") as f: f.create_virtual_dataset("frames/image", layout)
        """, "/frames/image is a virtual dataset"),
        ("""
        copy(a, b, values=lambda n, v: None if n == "frames/image" else v)
        with h5py.File(b, "a") as f: f["frames/image"] = h5py.ExternalLink("gone.h5", "/frames/image")
        """, "/frames/image is a link to the file gone.h5, which isn't there"),
        ("""
        copy(a, b, values=lambda n, v: None if n == "frames/image" else v)
        with h5py.File(b, "a") as f: f["frames/image"] = h5py.SoftLink("/nothing")
        """, "/frames/image is a link to /nothing, which isn't there"),
        ("""
        copy(a, b, values=lambda n, v: None if n == "frames/landmarks" else v)
        with h5py.File(a, "r") as f, h5py.File(b, "a") as g:
            v = f["frames/landmarks"][()]
            g.create_dataset("frames/landmarks", v.shape, "f4", external=[("landmarks.bin", 0, v.nbytes)])
        """, "/frames/landmarks is stored outside the HDF5 file"),
        ("copy(a, b, values=lambda n, v: v.astype('i8') + (1 << 40) if n == 'frames/video' else v)", "/frames/video: value 0 is 1099511627776, more than an int32 holds"),
        ("copy(a, b, values=lambda n, v: v.astype('f4') if n == 'frames/image' else v)", "/frames/image holds float32 where uint8 is needed"),
    ]) func whatCanNotBeReadIsNamedAtOpening(script: String, part: String) throws {
        let path = try foreign(script.split(separator: "\n").map { $0.hasPrefix("        ") ? String($0.dropFirst(8)) : String($0) }.joined(separator: "\n"))
        let error = try #require(storeError { _ = try DatasetFile(path) })
        #expect("\(error)".contains(part), "\(error)")
    }

    @Test func aFileThatItsWriterNeverClosedIsNamed() throws {
        let path = try foreign("""
            import os
            copy(a, b, libver="latest")
            f = h5py.File(b, "a", libver="latest"); f.swmr_mode = True; f.flush(); os._exit(0)
            """)
        #expect(storeError { _ = try DatasetFile(path) } == .unclosed(file: path))
    }

    @Test func aCheckpointCopiedByH5pyIsRead() throws {
        let (source, copy) = (folder.file("own.h5"), folder.file("foreign.h5"))
        try Checkpoint.write(sampleContents(), to: source)
        let script = "copy(a, b, attribute=lambda o, k, v: o.attrs.__setitem__(k, np.bytes_(v.encode()) if isinstance(v, str) and v else v))"
        let result = try TestSupport.run(interpreter!, ["-c", Self.copier + script, source, copy], timeout: 120)
        try #require(result.status == 0, "\(result)")
        let (read, own) = (try Checkpoint.read(copy), try Checkpoint.read(source))
        #expect(read.integers == own.integers && read.provenance == own.provenance && read.config == own.config)
    }
}
