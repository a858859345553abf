export { limitOf, storageOf, storageText } from "../src/features/users/limits.js";
