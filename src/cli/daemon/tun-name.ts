/** The name of the virtual interface where nobody chose another. */
export const TUN_NAME_DEFAULT = "peernet0";
