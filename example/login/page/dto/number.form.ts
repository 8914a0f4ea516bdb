import { IsString, IsUUID, MaxLength } from 'class-validator';

/** The form of the number's page. */
export class NumberForm {
  @IsString()
  @MaxLength(64)
  mobile!: string;

  /** Made with the page: the same form sent twice asks once. */
  @IsUUID()
  key!: string;
}
