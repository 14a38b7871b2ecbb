// CMPI
