// Blend
