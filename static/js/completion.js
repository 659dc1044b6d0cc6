export const completionFrom = () => null
