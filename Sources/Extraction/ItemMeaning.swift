// ItemMeaning.swift — what a photo or video is: real or fake, its method, who is in it. Three may say so: the
// folders from the input downwards, an official list, and the user. Where two of them differ, it is an error;
// what nobody says is not guessed.

import Data
import Foundation
import Store

/// Decides what one file is.
struct ItemMeaning {
    let declaration: ExtractionPlan.Declaration
    let splits: OfficialSplits?

    /// A file of an input.
    struct Place {
        /// As it is opened.
        var path: String
        /// The input's own name and the folders below it. What lies above the input must not matter.
        var folders: [String]
        /// Folders below the input.
        var below: [String]
        var file: String
        var stem: String
    }

    /// - Returns: nil for a file that is in none of the official lists and that nobody else says anything about.
    /// - Throws: `ExtractionError.contradiction`, `.unreadable` where there are no lists and nobody says
    ///   anything; `ImportError.contradiction`.
    func item(_ place: Place) throws -> ExtractionItem? {
        let tree = PublishedTree.find(place.folders)
        let answer = try splits?.answer(folders: place.folders, file: place.file, dataset: tree?.dataset)
        var item: ExtractionItem
        if let tree {
            item = try published(place, tree)
        } else if let folder = try Self.labelled(place) {
            item = own(place, folder)
        } else if let isFake = declaration.isFake ?? answer?.entry.isFake {
            item = declared(place, isFake, official: answer?.entry.isFake == isFake)
        } else if splits != nil {
            return nil
        } else {
            throw ExtractionError.unreadable(
                path: place.path,
                reason: "nothing says whether it is real or fake: add --label real or --label fake, or put it below "
                    + "real/IDENTITY/ or fake/METHOD/ of the folder that you give")
        }
        item.answer = answer
        if let says = answer?.entry.isFake, says != item.video.isFake {
            throw contradiction(place, item, "\(answer?.file ?? "the list") says that it is \(Self.word(says))")
        }
        if item.video.isFake, let original = answer?.entry.original {
            // The list is about these files: the name is one of its own.
            item.targetName = original.split(separator: ".").first.map(String.init)
        }
        try compare(place, item)
        return item
    }

    /// What `--label`, `--method` and `--identity` say has to be what the file's place says.
    private func compare(_ place: Place, _ item: ExtractionItem) throws {
        let video = item.video
        if let isFake = declaration.isFake, isFake != video.isFake {
            throw contradiction(place, item, "--label says that it is \(Self.word(isFake))")
        }
        if let method = declaration.method, method != video.method {
            throw contradiction(place, item, "--method says that it is of '\(method)'")
        }
        if let identity = declaration.identity, !video.identity.isEmpty, identity != video.identity {
            throw contradiction(place, item, "--identity says that it shows '\(identity)'")
        }
    }

    private func contradiction(_ place: Place, _ item: ExtractionItem, _ other: String) -> ExtractionError {
        let video = item.video
        let method = video.method == Self.word(video.isFake) ? "" : ", of '\(video.method)'"
        let person = video.identity.isEmpty ? "" : ", and that it shows '\(video.identity)'"
        return .contradiction(
            path: place.path, one: "\(item.says) says that it is \(Self.word(video.isFake))\(method)\(person)", other: other)
    }

    static func word(_ isFake: Bool) -> String { isFake ? "fake" : "real" }

    // MARK: Who says it

    private func published(_ place: Place, _ tree: PublishedTree) throws -> ExtractionItem {
        var dataset = tree.dataset
        if let scheme = declaration.names, scheme.option != dataset.option {
            guard dataset.option == PublishedDataset.df40.option else {
                throw ExtractionError.contradiction(
                    path: place.path, one: "it lies in \(tree.place), whose names are those of \(dataset.title)",
                    other: "--names-as says \(scheme.option)")
            }
            dataset = scheme
        }
        let label = tree.dataset.labels.first { $0.method == tree.method && $0.isFake == tree.isFake }?.name ?? ""
        let naming = dataset.naming(
            of: VideoName(place.stem, isFake: tree.isFake, path: place.folders, label: label))
        var item = ExtractionItem(
            path: place.path,
            video: DatasetVideo(
                name: place.stem, method: naming.method ?? tree.method, isFake: tree.isFake,
                identity: naming.identity.isEmpty ? declaration.identity ?? "" : naming.identity, source: place.path,
                donor: naming.donor),
            says: "the folder \(tree.place)")
        item.dataset = dataset
        item.take(naming, of: dataset)
        return item
    }

    /// The folder `real` or `fake` that a file lies below.
    private struct LabelledFolder {
        var isFake: Bool
        /// Folders behind it.
        var inside: [String]
        var name: String
    }

    private static func labelled(_ place: Place) throws -> LabelledFolder? {
        func isFake(_ folder: String) -> Bool? { ["real": false, "fake": true][folder.lowercased()] }
        guard let top = place.folders.firstIndex(where: { isFake($0) != nil }), let says = isFake(place.folders[top]) else {
            return nil
        }
        let inside = Array(place.folders[(top + 1)...])
        if let other = inside.first(where: { isFake($0) == !says }) {
            throw ExtractionError.contradiction(
                path: place.path, one: "it lies below the folder '\(place.folders[top])'", other: "also below '\(other)'")
        }
        return LabelledFolder(isFake: says, inside: inside, name: place.folders[top])
    }

    /// real/IDENTITY/… and fake/METHOD/…, or files in these folders themselves.
    private func own(_ place: Place, _ folder: LabelledFolder) -> ExtractionItem {
        let group = folder.inside.first
        let name = (folder.inside.dropFirst() + [place.stem]).joined(separator: "/")
        var item = ExtractionItem(
            path: place.path,
            video: DatasetVideo(
                name: folder.isFake ? name : group.map { "\($0)/\(name)" } ?? name,
                method: folder.isFake ? group ?? declaration.method ?? "fake" : "real", isFake: folder.isFake,
                identity: folder.isFake ? declaration.identity ?? "" : group ?? declaration.identity ?? place.stem,
                source: place.path),
            says: "the folder '\(folder.name)\(group.map { "/\($0)" } ?? "")'")
        guard folder.isFake else { return item }
        item.isNamedForItsTarget = true
        if let scheme = declaration.names {
            let naming = scheme.naming(of: VideoName(place.stem, isFake: true, path: place.folders))
            item.take(naming, of: scheme)
            item.targetName = naming.target
            (item.video.identity, item.video.donor) = (naming.identity, naming.donor)
            item.isNamedForItsTarget = false
        }
        return item
    }

    /// - Parameter official: an official list says it, not the user.
    private func declared(_ place: Place, _ isFake: Bool, official: Bool) -> ExtractionItem {
        // Of files of one folder the place in it is part of the name: photos of people are often numbered.
        let name = (place.below + [place.stem]).joined(separator: "/")
        let naming = declaration.names?.naming(of: VideoName(place.stem, isFake: isFake, path: place.folders)) ?? Naming()
        let usual = official ? (isFake ? "DFDC" : "DFDC-real") : ItemMeaning.word(isFake)
        let folderOrFile = isFake || official || declaration.names != nil ? "" : place.below.first ?? place.stem
        var item = ExtractionItem(
            path: place.path,
            video: DatasetVideo(
                name: official || declaration.names != nil ? place.stem : name, method: declaration.method ?? usual,
                isFake: isFake,
                identity: naming.identity.isEmpty ? declaration.identity ?? folderOrFile : naming.identity,
                source: place.path, donor: naming.donor),
            says: official ? "its official list" : "--label")
        if let scheme = declaration.names { item.take(naming, of: scheme) }
        item.targetName = naming.target
        return item
    }
}

extension ExtractionItem {
    /// Where the target that a name tells is looked for.
    fileprivate mutating func take(_ naming: Naming, of dataset: PublishedDataset) {
        guard let target = naming.target else { return }
        let methods = naming.targetMethods.isEmpty ? dataset.realMethods : naming.targetMethods
        targetKeys = methods.map { [$0, target] }
    }
}
