// What a transferred model depends on.
export {}
