#!/usr/bin/env bash
# make.sh — makes the pictures of docs/blendfakes.md anew, from drawn faces and recipe.json. The same
# program gives the same pictures on any machine.
#
#   docs/figures/blendfakes/make.sh
set -euo pipefail
cd "$(dirname "$0")/../../.."
. tools/lib.sh
blendway=.build/release/blendway
[ -x "$blendway" ] || fail "$blendway isn't built; run: make build"
out=docs/figures/blendfakes
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

"$blendway" synth --out "$folder" --identities 10 --videos 1 --frames 4 --size 192 --seed 5 --json >"$folder/synth.json"
# One sample's pictures, and then our own recipe for them.
"$blendway" blend --data "$folder/train.h5" --sample 5 --steps "$folder/sample"
"$blendway" blend --image "$folder/sample/input-face.png" --landmarks "$folder/sample/landmarks.npy" \
    --foreground "$folder/sample/input-foreground.png" --recipe "$out/recipe.json" --steps "$folder/steps"
for picture in landmarks input-foreground self-mask-drawn self-mask-moved self-mask-deformed self-mask-soft \
    self-recoloured self-source-moved self-blended cross-mask-drawn cross-mask-soft cross-source-moved \
    cross-colours-transferred cross-blended final-real final-self final-cross; do
    cp "$folder/steps/$picture.png" "$out/$picture.png"
done
for shape in full components extended hull; do
    sed "0,/\"mask_shape\": \"[a-z]*\"/s//\"mask_shape\": \"$shape\"/" "$out/recipe.json" >"$folder/recipe.json"
    "$blendway" blend --image "$folder/sample/input-face.png" --landmarks "$folder/sample/landmarks.npy" \
        --recipe "$folder/recipe.json" --steps "$folder/shape"
    cp "$folder/shape/self-mask-drawn.png" "$out/shape-$shape.png"
done
"$blendway" preview "$folder/train.h5" --rows 2 --seed 2 --out "$out/sheet.png"
